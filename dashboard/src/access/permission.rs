//! What a request does, and so which token it needs.

use axum::http::Method;

/// The path of the form that erases a user.
pub(super) const FORGET: &str = "/forget";
/// The paths below which records are sent to the store.
const INGEST: &str = "/v1/";

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permission {
    /// Loads a file that every page needs, or signs in.
    Public,
    /// Reads records.
    Read,
    /// Erases a user.
    Forget,
    /// Adds records.
    Ingest,
}

impl Permission {
    pub(super) fn of(method: &Method, path: &str) -> Self {
        match path {
            "/sign-in" | "/sign-out" => Self::Public,
            path if path.starts_with("/assets/") => Self::Public,
            path if path.starts_with(INGEST) => Self::Ingest,
            FORGET if method == Method::POST => Self::Forget,
            _ => Self::Read,
        }
    }
}
