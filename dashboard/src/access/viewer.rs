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

    /// The account of the system that runs the process; under `sudo`, the account that called `sudo`.
    #[cfg(feature = "command-line")]
    pub(crate) fn account() -> Self {
        let account = whoami::username().unwrap_or_else(|_| "unknown account".to_owned());
        Self(match std::env::var("SUDO_USER") {
            Ok(caller) if account == "root" && !caller.is_empty() => format!("{caller} (sudo)"),
            _ => account,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}
