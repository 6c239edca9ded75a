//! The tokens of a server, by what they permit.

use subtle::{Choice, ConditionallySelectable};

use super::access_token::AccessToken;
use super::permission::Permission;
use super::viewer::Viewer;

/// The tokens of a server. A token permits one thing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keyring {
    read: Vec<AccessToken>,
    forget: Vec<AccessToken>,
    ingest: Vec<AccessToken>,
}

impl Keyring {
    pub(crate) fn add(&mut self, permission: Permission, token: AccessToken) {
        match permission {
            Permission::Forget => self.forget.push(token),
            Permission::Ingest => self.ingest.push(token),
            Permission::Public | Permission::Read => self.read.push(token),
        }
    }

    fn tokens(&self, permission: Permission) -> &[AccessToken] {
        match permission {
            Permission::Public => &[],
            Permission::Read => &self.read,
            Permission::Forget => &self.forget,
            Permission::Ingest => &self.ingest,
        }
    }

    /// Whether any token permits this.
    pub(crate) fn has(&self, permission: Permission) -> bool {
        !self.tokens(permission).is_empty()
    }

    /// Who holds the secret, if a token with this secret permits this.
    pub(crate) fn holder(&self, permission: Permission, secret: &str) -> Option<Viewer> {
        let found = self.find(permission, |token| token.is_secret(secret));
        found.map(|token| Viewer::new(token.name()))
    }

    /// Whether the server has no token at all.
    pub(super) fn is_empty(&self) -> bool {
        self.read.is_empty() && self.forget.is_empty() && self.ingest.is_empty()
    }

    /// Whether the secret is that of any token.
    pub(super) fn knows(&self, secret: &str) -> bool {
        let permissions = [Permission::Read, Permission::Forget, Permission::Ingest];
        let found = permissions.map(|permission| self.holder(permission, secret).is_some());
        found.contains(&true)
    }

    /// Who signed in with a cookie. A cookie permits reading.
    pub(super) fn cookie_holder(&self, cookie: &str) -> Option<Viewer> {
        let found = self.find(Permission::Read, |token| token.is_cookie_value(cookie));
        found.map(|token| Viewer::signed_in(token.name()))
    }

    /// The value of the cookie for the holder of a secret.
    pub(super) fn cookie_value(&self, secret: &str) -> Option<String> {
        let found = self.find(Permission::Read, |token| token.is_secret(secret));
        found.map(AccessToken::cookie_value)
    }

    /// Compares every token, so that the time does not tell which one matches.
    fn find(
        &self,
        permission: Permission,
        is_match: impl Fn(&AccessToken) -> Choice,
    ) -> Option<&AccessToken> {
        let tokens = self.tokens(permission);
        let mut found = u64::MAX;
        for (index, token) in (0u64..).zip(tokens) {
            found.conditional_assign(&index, is_match(token));
        }
        usize::try_from(found)
            .ok()
            .and_then(|index| tokens.get(index))
    }
}
