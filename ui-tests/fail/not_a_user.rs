use whose::with_user;

#[derive(Debug)]
struct Account {
    plan: Plan,
}

#[derive(Debug)]
struct Plan;

#[with_user(from = account.lock().unwrap())]
fn user(account: &std::sync::Mutex<Account>) {}

#[whose::trace(user_id = account.plan)]
async fn user_id(account: Account) {}

#[whose::trace(session = 1.5 + 2.0)]
async fn session() {}

#[with_user("u", email = account.plan, attrs(plan = account.plan), tags(plan = account.plan))]
fn fields(account: &Account) {}

#[whose::trace(user = %account)]
fn display(account: &Account) {}

fn main() {}
