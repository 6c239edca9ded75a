//! Whose row it is.

use whose::{Record, Timestamp};

use crate::write::{scope_bits, user_identity};

/// Whose row it is, and when the record began: what [`Eraser::forget`](crate::Eraser::forget) needs
/// to find the rows of a user.
///
/// ```
/// # let rec = whose::testing::Recorder::start();
/// whose::user("alice").in_scope(|| tracing::info!("hello"));
/// let owner = whose_store::OutboxOwner::of(&rec.events()[0]);
/// ```
#[derive(Clone, Debug)]
pub struct OutboxOwner {
    /// The identity of the user, as in the table `users`.
    pub(super) identity: Option<String>,
    /// The isolated scope of a record without a user, and of a link.
    pub(super) isolated: Option<i64>,
    /// The start of the record, in nanoseconds since 1970.
    pub(super) start: i64,
}

impl OutboxOwner {
    /// The owner of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Self {
            identity: record.user().map(user_identity),
            isolated: record.scope_id().map(scope_bits),
            start: Timestamp::from(record.start()).as_nanos(),
        }
    }
}
