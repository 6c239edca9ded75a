//! The records that a limit of age or size does not erase: those of users on hold, and classes that
//! are kept longer.

use std::time::{Duration, SystemTime};

use rusqlite::Connection;
use whose::Timestamp;

/// A class of records that a [`Retention`](super::Retention) can keep longer than the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetentionClass {
    /// Captured errors and failed spans.
    Errors,
    /// Model calls, which costs are computed from.
    ModelCalls,
    /// Scores.
    Scores,
}

impl RetentionClass {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Errors, Self::ModelCalls, Self::Scores];

    /// The name: `errors`, `calls` or `scores`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::ModelCalls => "calls",
            Self::Scores => "scores",
        }
    }

    /// SQL for whether the row `r` belongs to the class.
    const fn condition(self) -> &'static str {
        match self {
            Self::Errors => {
                "(EXISTS (SELECT 1 FROM sites s WHERE s.id = r.site AND s.type = 'error')
                  OR EXISTS (SELECT 1 FROM traits q WHERE q.id = r.traits AND q.failed <> 0))"
            }
            Self::ModelCalls => "EXISTS (SELECT 1 FROM usages g WHERE g.record = r.id)",
            Self::Scores => "EXISTS (SELECT 1 FROM scores p WHERE p.record = r.id)",
        }
    }
}

/// The least age of each class, in the order of [`RetentionClass::ALL`].
pub(super) type LeastAges = [Option<Duration>; RetentionClass::ALL.len()];

/// SQL for whether a record of a user on hold, or of a class that is kept longer, is protected.
pub(super) struct Protection(String);

/// SQL for whether the row `r` belongs to a user on hold, also by a later login.
const ON_HOLD: &str =
    "(r.user IN (SELECT u.id FROM holds h JOIN users u ON u.identity = h.identity)
    OR (r.user IS NULL AND EXISTS (SELECT 1 FROM gaps n JOIN links l ON l.isolated = n.isolated
        JOIN users u ON u.id = l.user JOIN holds h ON h.identity = u.identity
        WHERE n.record = r.id)))";

impl Protection {
    /// The protection of the file's holds, and of the classes.
    pub(super) fn load(
        connection: &Connection,
        least_ages: &LeastAges,
        now: SystemTime,
    ) -> rusqlite::Result<Self> {
        let has_holds = "SELECT EXISTS (SELECT 1 FROM holds)";
        let has_holds: bool = connection.query_row(has_holds, (), |row| row.get(0))?;
        let holds = has_holds.then(|| ON_HOLD.to_owned());
        let classes = RetentionClass::ALL.into_iter().zip(least_ages);
        let classes = classes.filter_map(|(class, age)| {
            let cutoff = now.checked_sub((*age)?).unwrap_or(SystemTime::UNIX_EPOCH);
            let cutoff = Timestamp::from(cutoff).as_nanos();
            let condition = class.condition();
            Some(format!(
                "(r.start + coalesce(r.duration, 0) >= {cutoff} AND {condition})"
            ))
        });
        let conditions: Vec<_> = holds.into_iter().chain(classes).collect();
        Ok(Self(match conditions.is_empty() {
            true => "0".to_owned(),
            false => conditions.join(" OR "),
        }))
    }

    /// No record is protected.
    pub(super) fn none() -> Self {
        Self("0".to_owned())
    }

    /// SQL for whether the row `r` of `records` is protected.
    pub(super) fn sql(&self) -> &str {
        &self.0
    }
}
