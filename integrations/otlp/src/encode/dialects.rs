//! The attributes that a setting turns on.

/// Attributes for receivers with names of their own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Dialects {
    /// Writes the kind of a span as OpenInference names it.
    pub(crate) openinference: bool,
}
