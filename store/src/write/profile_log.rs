//! Writing how the details of a user changed.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value};
use whose::User;

/// The most changes of one user. Older ones are deleted: two processes that write different details would
/// add changes for ever.
const MAX_CHANGES: i64 = 100;

const SELECT: &str = "SELECT username, full_name, segment, attrs FROM users WHERE id = ?1";
const INSERT: &str = "INSERT INTO profile_changes (user, time, name, old, new)
    VALUES (?1, ?2, ?3, ?4, ?5)";
const DELETE_OLD: &str = "DELETE FROM profile_changes WHERE user = ?1 AND id <=
    (SELECT id FROM profile_changes WHERE user = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";

/// What the file has of a user.
struct Stored {
    /// The username, the full name and the segment.
    details: [Option<String>; 3],
    attrs: Map<String, Value>,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        // A damaged file can have other types.
        let text = |column| row.get::<_, Option<String>>(column).unwrap_or_default();
        let attrs = text(3).and_then(|text| serde_json::from_str(&text).ok());
        Ok(Self {
            details: [text(0), text(1), text(2)],
            attrs: attrs.unwrap_or_default(),
        })
    }
}

/// Adds a row for each detail whose value differs from the one in the file. Call this before the row of
/// the user changes. A detail that the record lacks has not changed.
///
/// Addresses are left out: a replaced email address leaves no byte in the file, and an IP address
/// changes with every network and says where a user was.
pub(super) fn add_changes(
    connection: &Connection,
    id: i64,
    user: &User,
    start: i64,
) -> rusqlite::Result<()> {
    let mut select = connection.prepare_cached(SELECT)?;
    let Some(stored) = select.query_row([id], Stored::read).optional()? else {
        return Ok(());
    };
    let mut is_changed = false;
    let mut add = |name: &str, before: Option<&Value>, after: &Value| {
        if before == Some(after) {
            return Ok(());
        }
        is_changed = true;
        let before = before.map(Value::to_string);
        let change = params![id, start, name, before, after.to_string()];
        connection.prepare_cached(INSERT)?.execute(change).map(drop)
    };
    let details = [
        ("username", user.username()),
        ("full_name", user.full_name()),
        ("segment", user.segment()),
    ];
    for ((name, new), old) in details.into_iter().zip(stored.details) {
        if let Some(new) = new {
            add(name, old.map(Value::from).as_ref(), &Value::from(new))?;
        }
    }
    for (key, new) in user.attrs() {
        let new = serde_json::to_value(new).unwrap_or_default();
        add(&format!("attrs.{key}"), stored.attrs.get(key), &new)?;
    }
    if is_changed {
        let limit = params![id, MAX_CHANGES];
        connection.prepare_cached(DELETE_OLD)?.execute(limit)?;
    }
    Ok(())
}
