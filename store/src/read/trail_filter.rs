//! Which records a trail contains, and in which order.

use super::record_class::{RecordClass, class_condition};
use super::record_key::RecordKey;
use super::time_merge::{Direction, SortKey};

/// Whose records a trail contains, in which order, and from where on; see
/// [`Queries::trail`](super::Queries::trail).
///
/// To read the page before a key, reverse the order and read the records after the key.
///
/// ```
/// use whose_store::{RecordClass, TrailFilter};
///
/// let filter = TrailFilter::of_user("alice").class(RecordClass::Error).newest_first();
/// assert_ne!(filter, TrailFilter::of_user("alice"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "pass it to `Queries::trail`"]
pub struct TrailFilter {
    pub(super) subject: TrailSubject,
    classes: Vec<RecordClass>,
    pub(super) is_late: bool,
    is_newest_first: bool,
    after: Option<RecordKey>,
}

/// What the records of a trail have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TrailSubject {
    User(String),
    Session(String),
    Conversation(String),
    Trace {
        trace_id: String,
        span_id: Option<String>,
    },
}

impl TrailFilter {
    const fn of(subject: TrailSubject) -> Self {
        Self {
            subject,
            classes: Vec::new(),
            is_late: false,
            is_newest_first: false,
            after: None,
        }
    }

    /// The records of a user, including those from before a login.
    pub fn of_user(id: impl Into<String>) -> Self {
        Self::of(TrailSubject::User(id.into()))
    }

    /// The records of a session, of all users, including those from before a login.
    pub fn of_session(id: impl Into<String>) -> Self {
        Self::of(TrailSubject::Session(id.into()))
    }

    /// The records of a conversation, of all users and sessions.
    pub fn of_conversation(id: impl Into<String>) -> Self {
        Self::of(TrailSubject::Conversation(id.into()))
    }

    /// The records of a trace, by its id in hexadecimal digits. Set the time range of the query: the
    /// range is scanned.
    pub fn of_trace(id: impl Into<String>) -> Self {
        Self::of(TrailSubject::Trace {
            trace_id: id.into(),
            span_id: None,
        })
    }

    /// The records next to a span in its trace: the span itself, its events and errors, and the spans
    /// inside. Both ids are in hexadecimal digits.
    pub fn of_span(trace_id: impl Into<String>, span_id: impl Into<String>) -> Self {
        Self::of(TrailSubject::Trace {
            trace_id: trace_id.into(),
            span_id: Some(span_id.into()),
        })
    }

    /// Only records of this class. Several classes add up.
    pub fn class(mut self, class: RecordClass) -> Self {
        self.classes.push(class);
        self
    }

    /// Only records from before a login: those whose user a link states.
    pub fn late(mut self) -> Self {
        self.is_late = true;
        self
    }

    /// The newest record first. The default is the oldest first.
    pub fn newest_first(mut self) -> Self {
        self.is_newest_first = true;
        self
    }

    /// Only records that follow the key in the order of the trail.
    pub fn after(mut self, key: RecordKey) -> Self {
        self.after = Some(key);
        self
    }

    pub(super) fn direction(&self) -> Direction {
        match self.is_newest_first {
            true => Direction::NewestFirst,
            false => Direction::OldestFirst,
        }
    }

    pub(super) fn after_key(&self) -> Option<SortKey> {
        self.after.map(RecordKey::sort_key)
    }

    /// SQL that continues the condition on the record `r`; empty if the filter selects every record.
    pub(super) fn condition(&self) -> String {
        const LATE: &str = " AND r.user IS NULL AND EXISTS (SELECT 1 FROM gaps n
            CROSS JOIN links l ON l.isolated = n.isolated
            WHERE n.record = r.id AND r.start < l.time AND l.user IS NOT NULL)";
        let late = if self.is_late { LATE } else { "" };
        format!("{late}{}", class_condition(&self.classes))
    }
}
