use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

/// The id of a request. The client makes the id.
#[derive(Clone, Debug)]
pub(crate) struct Id(Arc<str>);

impl Id {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self(header(headers, "x-request").unwrap_or_default().into())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of a request to another part of the service, made for this request.
    pub(super) fn of_part(&self, part: &str) -> Self {
        Self(format!("{self}/{part}").into())
    }
}

impl From<&str> for Id {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<S: Sync> FromRequestParts<S> for Id {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
