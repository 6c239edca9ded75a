//! One view of the records of a user.

use std::fmt;

/// The most characters of a viewer and of a view.
const MAX_NAME: usize = 200;
/// The most characters of a reason.
const MAX_REASON: usize = 500;

/// How a viewer sees the records of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccessWay {
    /// A page of `whose serve`.
    Page,
    /// A command, such as `whose audit`.
    Command,
    /// An answer of `whose serve` for a program: JSON or CSV.
    Api,
    /// A tool of `whose mcp`.
    Mcp,
}

impl AccessWay {
    /// The name in the file: `page`, `command`, `api` or `mcp`.
    ///
    /// ```
    /// assert_eq!(whose_store::AccessWay::Page.as_str(), "page");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Command => "command",
            Self::Api => "api",
            Self::Mcp => "mcp",
        }
    }
}

impl fmt::Display for AccessWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One view of the records of a user; see [`AccessLog::append`](super::AccessLog::append).
///
/// ```
/// use whose_store::{Access, AccessWay};
///
/// let access = Access::new("support-2", AccessWay::Page, "/person", "alice");
/// let access = access.reason("ticket 4711: a refund is missing");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "pass it to `AccessLog::append`"]
pub struct Access {
    pub(super) viewer: String,
    pub(super) way: AccessWay,
    pub(super) view: String,
    pub(super) user: String,
    pub(super) reason: Option<String>,
}

impl Access {
    /// `viewer` sees the records of `user_id` in `view`, which is the path of a page, or the name of a
    /// command or of a tool. Viewers and views are truncated to 200 characters.
    pub fn new(
        viewer: impl AsRef<str>,
        way: AccessWay,
        view: impl AsRef<str>,
        user_id: impl Into<String>,
    ) -> Self {
        Self {
            viewer: head(viewer.as_ref(), MAX_NAME),
            way,
            view: head(view.as_ref(), MAX_NAME),
            user: user_id.into(),
            reason: None,
        }
    }

    /// Sets why the viewer looks. A reason is truncated to 500 characters; an empty one is none.
    pub fn reason(mut self, reason: impl AsRef<str>) -> Self {
        let reason = head(reason.as_ref().trim(), MAX_REASON);
        self.reason = Some(reason).filter(|reason| !reason.is_empty());
        self
    }
}

fn head(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_truncated_and_blank_reason_is_none() {
        let long = "ä".repeat(1_000);
        let access = Access::new(&long, AccessWay::Api, &long, "alice").reason(&long);
        assert_eq!(access.viewer.chars().count(), MAX_NAME);
        assert_eq!(access.view.chars().count(), MAX_NAME);
        assert_eq!(access.reason.unwrap().chars().count(), MAX_REASON);
        let access = Access::new("bob", AccessWay::Mcp, "audit", "alice").reason(" \n");
        assert_eq!(access.reason, None);
    }
}
