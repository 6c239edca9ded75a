use std::sync::Arc;

use crate::model::flag::Flag;
use crate::model::Fingerprint;

/// The details of an error besides its message.
#[derive(Clone, Default)]
pub(crate) struct ErrorDetails {
    pub(crate) error_type: Option<Box<str>>,
    pub(crate) causes: Vec<Box<str>>,
    /// The field of the span or event that holds the text of the error.
    pub(crate) field: Option<&'static str>,
    /// The spans that were open around the error, innermost first.
    pub(crate) path: Vec<&'static str>,
    pub(crate) fingerprint: Option<Fingerprint>,
    /// Whether the fingerprint comes from a key of the application, and not from the message.
    pub(crate) is_fingerprint_given: bool,
    pub(crate) backtrace: Option<Box<str>>,
    /// The feature flags that were evaluated before the error, oldest first.
    pub(crate) flags: Vec<Arc<Flag>>,
}
