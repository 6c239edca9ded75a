//! The errors of the desk, and their HTTP responses.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::model::ModelError;

/// Why a request failed.
#[derive(Debug)]
pub(crate) enum DeskError {
    UnknownAccount,
    NotSignedIn,
    NotAnOperator,
    NoSuchInvoice(usize),
    Model(ModelError),
    Task(tokio::task::JoinError),
}

impl std::fmt::Display for DeskError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownAccount => f.write_str("no account has that email address"),
            Self::NotSignedIn => f.write_str("sign in first"),
            Self::NotAnOperator => f.write_str("only operators may do that"),
            Self::NoSuchInvoice(number) => write!(f, "there is no invoice {number}"),
            Self::Model(_) => f.write_str("the model did not answer"),
            Self::Task(_) => f.write_str("a task of the desk failed"),
        }
    }
}

impl std::error::Error for DeskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Model(error) => Some(error),
            Self::Task(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ModelError> for DeskError {
    fn from(error: ModelError) -> Self {
        Self::Model(error)
    }
}

impl From<tokio::task::JoinError> for DeskError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Task(error)
    }
}

impl IntoResponse for DeskError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::UnknownAccount | Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::NotAnOperator => StatusCode::FORBIDDEN,
            Self::NoSuchInvoice(_) => StatusCode::NOT_FOUND,
            Self::Model(_) => StatusCode::BAD_GATEWAY,
            Self::Task(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}
