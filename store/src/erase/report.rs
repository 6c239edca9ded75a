//! The result of `forget`.

use serde::Serialize;
use whose::Timestamp;

use super::sweep::SweptRows;

/// The result of [`Eraser::forget`](super::Eraser::forget) and of
/// [`Eraser::pseudonymise`](super::Eraser::pseudonymise).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ForgetReport {
    /// Records of the user that began before this time are rejected from now on.
    pub before: Timestamp,
    /// Erased records, including those that a link attributed to the user.
    pub records: u64,
    /// Erased or pseudonymised records that had no user themselves, and that a link attributed to the
    /// user.
    pub late_records: u64,
    /// The id that has the records now, if they were pseudonymised.
    pub pseudonym: Option<String>,
    /// Records that were kept under a pseudonym, without their content.
    pub pseudonymised: u64,
    /// Erased records that waited in the [`Outbox`](crate::Outbox) of the file.
    pub unsent: u64,
    /// Erased reasons of the [access log](crate::AccessLog): those of views of the user, and others
    /// that name the user.
    pub reasons: u64,
    /// Rows that only those records referred to, including rows that were unreferenced before.
    pub swept: SweptRows,
    /// Mentions of the user in records of others.
    pub mentions: Mentions,
    /// Pages that still contain erased content; `None` if there are none.
    pub remnant: Option<Remnant>,
}

impl ForgetReport {
    /// Whether nothing of the user remains in the file, its log and its shared memory, except for
    /// [mentions](Self::mentions). If something remains, run `forget` again.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.remnant.is_none()
    }
}

/// Pages that may still contain erased content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Remnant {
    /// The log, because an open reader blocks its checkpoint. The file may contain old pages too.
    Log {
        /// The size of the log, in bytes.
        bytes: u64,
    },
    /// Free space in pages of the file, because the file could not be rewritten.
    File {
        /// The error of SQLite.
        reason: String,
    },
}

/// Records and users of others that contain the id or the email address of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Mentions {
    /// The id, and the email address if there is one, each with the number of records that contain
    /// it.
    pub searches: Vec<(String, u64)>,
    /// Tags, extra, contexts and breadcrumbs that contain either. A search does not find them.
    pub unsearched: u64,
    /// Rows of the [access log](crate::AccessLog) whose viewer has the id or the email address as the
    /// name.
    pub viewed: u64,
    /// The ids of other users with the same email address, at most 100.
    pub same_email: Vec<String>,
}

impl Mentions {
    /// Whether there are no mentions.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.unsearched == 0
            && self.viewed == 0
            && self.same_email.is_empty()
            && self.searches.iter().all(|(_, records)| *records == 0)
    }
}
