use crate::model::Fingerprint;

/// What is known of an error beside its message.
#[derive(Clone, Default)]
pub(crate) struct ErrorDetails {
    pub(crate) error_type: Option<Box<str>>,
    pub(crate) causes: Vec<Box<str>>,
    /// The field of a span or event that told of it, and that has its text.
    pub(crate) field: Option<&'static str>,
    /// The spans that were open around it, from the innermost outwards.
    pub(crate) path: Vec<&'static str>,
    pub(crate) fingerprint: Option<Fingerprint>,
    /// Whether the fingerprint is made of a key that was given, and of nothing of the message.
    pub(crate) is_fingerprint_given: bool,
    pub(crate) backtrace: Option<Box<str>>,
}
