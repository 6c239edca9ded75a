//! Extractors for the head of a request.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::accounts::Account;
use crate::desk::Desk;
use crate::desk_error::DeskError;

/// The id of a request: from the client, or random.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) Arc<str>);

impl RequestId {
    pub(crate) fn of(request: &Request) -> Self {
        header(request, "x-request-id").map_or_else(Self::draw, |own| Self(own.into()))
    }

    fn draw() -> Self {
        Self(format!("{:016x}", fastrand::u64(..)).into())
    }
}

/// The text of a header, if present.
pub(crate) fn header<B>(request: &axum::http::Request<B>, name: &str) -> Option<String> {
    Some(request.headers().get(name)?.to_str().ok()?.to_owned())
}

/// The caller of a request.
#[derive(Debug)]
pub(crate) struct Caller {
    /// The id of the request.
    pub(crate) id: Arc<str>,
    /// The token of the request, valid or not.
    pub(crate) token: Option<String>,
    /// The account of the token. No other header identifies the user.
    pub(crate) user: Option<Account>,
}

impl FromRequestParts<Desk> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Infallible> {
        let token = parts.headers.get(AUTHORIZATION);
        let token = token.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let token = token.map(str::to_owned);
        let id = parts.extensions.get().cloned();
        let RequestId(id) = id.unwrap_or_else(RequestId::draw);
        let user = token
            .as_deref()
            .and_then(|token| desk.accounts.by_token(token));
        Ok(Self { id, token, user })
    }
}

/// An operator. Requests of other users are rejected before the handler.
#[derive(Debug)]
pub(crate) struct Operator {
    /// The id of the request.
    pub(crate) id: Arc<str>,
    pub(crate) user: Account,
}

impl FromRequestParts<Desk> for Operator {
    type Rejection = DeskError;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, DeskError> {
        let Ok(Caller { id, user, .. }) = Caller::from_request_parts(parts, desk).await;
        match user {
            None => Err(DeskError::NotSignedIn),
            Some(user) if !user.is_operator => Err(DeskError::NotAnOperator),
            Some(user) => Ok(Self { id, user }),
        }
    }
}
