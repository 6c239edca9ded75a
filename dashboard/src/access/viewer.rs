//! Who looks.

/// The name of a viewer on the same machine, where the server has no token.
const LOCAL: &str = "local";

/// Who looks at the records, for the access log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Viewer(String);

impl Viewer {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// A viewer without a token.
    pub(super) fn local() -> Self {
        Self::new(LOCAL)
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}
