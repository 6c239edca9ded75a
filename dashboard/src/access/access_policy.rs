//! What the server demands of a request.

use std::time::Duration;

use axum::extract::Request;
use axum::http::HeaderMap;

use super::failed_attempts::FailedAttempts;
use super::hosts::Hosts;
use super::keyring::Keyring;
use super::origin;
use super::permission::Permission;
use super::request_auth::{bearer, cookie};
use super::viewer::Viewer;
use crate::pages::WrongTokens;

/// What the server demands of a request.
#[derive(Debug)]
pub(crate) struct AccessPolicy {
    pub(crate) keyring: Keyring,
    hosts: Hosts,
    failed: FailedAttempts,
    /// Browsers send a cookie to every port of a host, so the name has the port.
    cookie_name: String,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The request names a host that is not of this server.
    Host,
    /// A page of another site sent the request.
    Origin,
    /// The server takes no records.
    IngestOff,
    /// The request has no token.
    NoToken,
    /// The request has a token that does not permit this.
    WrongToken,
    /// The request has a wrong token, after many others. The sender is asked to wait that long.
    TooMany(Duration),
}

impl AccessPolicy {
    pub(crate) fn new(keyring: Keyring, hosts: Hosts, port: u16) -> Self {
        Self {
            keyring,
            hosts,
            failed: FailedAttempts::new(),
            cookie_name: format!("whose_{port}"),
        }
    }

    pub(super) fn cookie_name(&self) -> &str {
        &self.cookie_name
    }

    /// Whether a browser has to sign in.
    pub(super) fn has_sign_in(&self) -> bool {
        self.keyring.has(Permission::Read)
    }

    /// Who sends the request, or why the request is refused.
    pub(super) fn check(&self, request: &Request) -> Result<Viewer, Refusal> {
        if !self.hosts.accepts(request) {
            return Err(Refusal::Host);
        }
        let permission = Permission::of(request.method(), request.uri().path());
        if !origin::is_trusted(request, &self.hosts, permission) {
            return Err(Refusal::Origin);
        }
        // Also on a loopback address, where everything else needs no token: a program that writes to the
        // store without anybody having asked for that could attribute records to any user.
        if permission == Permission::Ingest && !self.keyring.has(permission) {
            return Err(Refusal::IngestOff);
        }
        self.authenticate(permission, request.headers())
    }

    fn authenticate(&self, permission: Permission, headers: &HeaderMap) -> Result<Viewer, Refusal> {
        let secret = bearer(headers);
        let holder = |permission| self.keyring.holder(permission, secret?);
        let found = match permission {
            Permission::Public => return Ok(Viewer::local()),
            Permission::Ingest => holder(Permission::Ingest),
            // The form has the token in its body, which the handler checks.
            Permission::Forget => holder(Permission::Forget).or_else(|| self.reader(headers)),
            Permission::Read => self.reader(headers),
        };
        // Without a token for reading, the server listens on a loopback address.
        let is_open = permission != Permission::Ingest && !self.has_sign_in();
        match found {
            Some(viewer) => Ok(viewer),
            None if is_open && secret.is_none() => Ok(Viewer::local()),
            None => Err(self.refusal(secret, headers)),
        }
    }

    fn refusal(&self, secret: Option<&str>, headers: &HeaderMap) -> Refusal {
        let pause = match (secret, cookie(headers, &self.cookie_name)) {
            (Some(secret), _) => self.wrong_secret(secret),
            // The value of a cookie can be guessed as the secret can.
            (None, Some(value)) => self.wrong_cookie(value),
            (None, None) => None,
        };
        match pause {
            Some(pause) => Refusal::TooMany(pause),
            None if secret.is_some() => Refusal::WrongToken,
            None => Refusal::NoToken,
        }
    }

    /// Counts a secret that does not permit what a request wants, unless it is that of another token.
    /// Returns how long the sender is asked to wait, after many wrong ones.
    pub(crate) fn wrong_secret(&self, secret: &str) -> Option<Duration> {
        let is_guess =
            !secret.is_empty() && !self.keyring.is_empty() && !self.keyring.knows(secret);
        is_guess.then(|| self.failed.add()).flatten()
    }

    fn wrong_cookie(&self, value: &str) -> Option<Duration> {
        let is_guess = !value.is_empty() && self.keyring.cookie_holder(value).is_none();
        is_guess.then(|| self.failed.add()).flatten()
    }

    /// How many wrong tokens the server was sent.
    pub(crate) fn wrong_tokens(&self) -> WrongTokens {
        self.failed.count()
    }

    /// Who reads, by the token of a program or by the cookie of a browser.
    fn reader(&self, headers: &HeaderMap) -> Option<Viewer> {
        if let Some(secret) = bearer(headers) {
            return self.keyring.holder(Permission::Read, secret);
        }
        self.keyring
            .cookie_holder(cookie(headers, &self.cookie_name)?)
    }
}
