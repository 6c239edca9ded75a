//! A model call with the group that the call belongs to.

use rusqlite::Row;
use rusqlite::types::{Value, ValueRef};

use super::call::{COLUMNS, Call};
use super::group_by::GroupBy;

/// A condition of a filter, with the row id of a user or a session.
pub(super) struct Condition {
    pub(super) by: GroupBy,
    /// `None` for calls without such a group.
    pub(super) key: Option<Value>,
}

/// A model call, and the group that the call belongs to.
pub(super) struct GroupedCall {
    /// The key of the group: a row id for users and sessions, a text for the others.
    pub(super) key: Value,
    pub(super) start: i64,
    /// The row id of the traits of the record.
    pub(super) traits: i64,
    /// Why the call has no user; `None` if it has one.
    pub(super) gap: Option<Gap>,
    pub(super) call: Call,
}

/// Why a call has no user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gap {
    /// The row id of the traits that have the reason.
    pub(super) traits: i64,
    /// Whether a link attributes the call to a user.
    pub(super) is_late: bool,
}

impl GroupedCall {
    /// SQL for the columns of a call, with the SQL of the key of the group.
    pub(super) fn columns(key: &str) -> String {
        const LATE: &str = "SELECT 1 FROM gaps n CROSS JOIN links l ON l.isolated = n.isolated
            WHERE n.record = r.id AND l.user IS NOT NULL AND r.start < l.time";
        format!(
            "{key}, r.start, r.traits, r.user IS NULL,
             CASE WHEN r.user IS NULL THEN EXISTS ({LATE}) ELSE 0 END, {COLUMNS}"
        )
    }

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Option<Self>> {
        let traits = row.get(2)?;
        let gap = match row.get(3)? {
            true => Some(Gap {
                traits,
                is_late: row.get(4)?,
            }),
            false => None,
        };
        let call = Call::read(row, 5)?.map(|call| (group_key(row.get_ref(0)), call));
        let Some((key, call)) = call else {
            return Ok(None);
        };
        Ok(Some(Self {
            key: key?,
            start: row.get(1)?,
            traits,
            gap,
            call,
        }))
    }
}

/// The key of a group. A damaged or forged file can have a text that is no UTF-8.
fn group_key(key: rusqlite::Result<ValueRef<'_>>) -> rusqlite::Result<Value> {
    Ok(match key? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}
