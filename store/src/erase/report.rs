//! What `forget` reports.

use serde::Serialize;
use whose::Timestamp;

use super::sweep::SweptRows;

/// What was erased of a user; see [`Eraser::forget`](super::Eraser::forget).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ForgetReport {
    /// Records of the user that began before this moment are not stored any more.
    pub before: Timestamp,
    /// Records that were erased, with those of [`late_records`](Self::late_records).
    pub records: u64,
    /// Erased records that had no user themselves, and were the user's by a link.
    pub late_records: u64,
    /// What only those records referred to. Rows that nobody referred to before are among them.
    pub swept: SweptRows,
    /// Where others mention the user.
    pub mentions: Mentions,
    /// Where old pages are left, and why; `None` where no page holds what was erased.
    pub remnant: Option<Remnant>,
}

impl ForgetReport {
    /// Whether nothing of the user is left in the file, its log and its shared memory, but for what
    /// others [mention](Self::mentions). Where something is left, run `forget` again.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.remnant.is_none()
    }
}

/// Pages that can still hold what was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Remnant {
    /// The log, which a reader that is open holds up: the file itself can hold old pages too, until
    /// the log is emptied.
    Log {
        /// The size of the log.
        bytes: u64,
    },
    /// Free places in pages of the file, which could not be rewritten.
    File {
        /// Why not.
        reason: String,
    },
}

/// Records and users of others in which the id or the email of a user stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Mentions {
    /// The id, and the email where there is one, with the number of records that each is found in.
    pub searches: Vec<(String, u64)>,
    /// Sets of tags, extra and contexts, and errors with breadcrumbs, that hold either; a search
    /// does not find them.
    pub unsearched: u64,
    /// Other users that have the same email, by their ids; at most 100.
    pub same_email: Vec<String>,
}

impl Mentions {
    /// Whether nobody mentions the user.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.unsearched == 0
            && self.same_email.is_empty()
            && self.searches.iter().all(|(_, records)| *records == 0)
    }
}
