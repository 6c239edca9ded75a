//! Accounts and sign-in.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use whose::AsUser;

/// An account. Only the marked fields become part of a record.
#[derive(Clone, Debug, AsUser)]
pub(crate) struct Account {
    #[whose(id)]
    pub(crate) id: String,
    #[whose(email)]
    pub(crate) email: String,
    #[whose(attr)]
    pub(crate) plan: &'static str,
    pub(crate) is_operator: bool,
}

const NAMES: [&str; 12] = [
    "ada", "alan", "barbara", "dennis", "donald", "edsger", "frances", "grace", "ken", "margaret",
    "radia", "tim",
];

/// The email address of the operator.
pub(crate) const OPERATOR: &str = "olive@desk.example";

/// The email address of the customer with that number. Every number has an account.
pub(crate) fn customer_email(number: usize) -> String {
    format!("{}@customer.example", customer_name(number))
}

fn customer_name(number: usize) -> String {
    let name = NAMES[number % NAMES.len()];
    match number / NAMES.len() {
        0 => name.to_owned(),
        round => format!("{name}{}", round + 1),
    }
}

/// The accounts, and the tokens of signed-in users.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    signed_in: Mutex<HashMap<String, Account>>,
}

impl Accounts {
    /// The account with that address. A real desk would also ask for a password.
    pub(crate) fn find(email: &str) -> Option<Account> {
        let (name, domain) = email.split_once('@')?;
        let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_operator = email == OPERATOR;
        let is_customer = domain == "customer.example" && NAMES.contains(&base);
        (is_operator || is_customer).then(|| Account {
            id: format!("usr_{name}"),
            email: email.to_owned(),
            plan: match (is_operator, name.len() % 2) {
                (true, _) => "staff",
                (false, 0) => "free",
                (false, _) => "pro",
            },
            is_operator,
        })
    }

    /// Signs the account in and returns its token.
    pub(crate) fn sign_in(&self, account: Account) -> String {
        // Not safe outside an example: a real desk uses a cryptographic random source.
        let token = format!("{:032x}", fastrand::u128(..));
        self.tokens().insert(token.clone(), account);
        token
    }

    /// The account of a token.
    pub(crate) fn by_token(&self, token: &str) -> Option<Account> {
        self.tokens().get(token).cloned()
    }

    /// Makes a token invalid.
    pub(crate) fn sign_out(&self, token: &str) {
        self.tokens().remove(token);
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<String, Account>> {
        self.signed_in
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_have_distinct_accounts() {
        let mut ids: Vec<_> = (0..100)
            .map(|number| Accounts::find(&customer_email(number)).unwrap().id)
            .collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 100);
    }

    #[test]
    fn token_is_valid_until_sign_out() {
        let accounts = Accounts::default();
        let token = accounts.sign_in(Accounts::find(OPERATOR).unwrap());
        assert!(accounts.by_token(&token).unwrap().is_operator);
        accounts.sign_out(&token);
        assert!(accounts.by_token(&token).is_none());
    }
}
