//! Who looks.

/// The name of a viewer on the same machine, where the server has no token.
const LOCAL: &str = "local";

/// Who looks at the records, for the access log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Viewer {
    name: String,
    is_signed_in: bool,
}

impl Viewer {
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            is_signed_in: false,
        }
    }

    /// A viewer with the cookie of a browser that has signed in.
    pub(super) fn signed_in(name: impl Into<String>) -> Self {
        Self {
            is_signed_in: true,
            ..Self::new(name)
        }
    }

    /// A viewer without a token.
    pub(super) fn local() -> Self {
        Self::new(LOCAL)
    }

    /// The account of the system that runs the process; under `sudo`, the account that called `sudo`.
    #[cfg(feature = "command-line")]
    pub(crate) fn account() -> Self {
        let account = whoami::username().unwrap_or_else(|_| "unknown account".to_owned());
        Self::new(match std::env::var("SUDO_USER") {
            Ok(caller) if account == "root" && !caller.is_empty() => format!("{caller} (sudo)"),
            _ => account,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the viewer can sign out.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.is_signed_in
    }
}
