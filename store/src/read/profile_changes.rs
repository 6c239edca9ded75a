//! How the details of a user changed.

use rusqlite::{Row, params};
use serde::Serialize;
use serde_json::Value;
use whose::Timestamp;

use super::column_reader::ColumnReader;
use super::pages::{KeyedPages, Rows};
use super::query::Query;
use super::reader::Reader;
use crate::error::StoreError;

/// A change of one detail of a user; see
/// [`Queries::profile_changes`](super::Queries::profile_changes).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProfileChange {
    /// The row id. Later changes have greater ids.
    pub id: i64,
    /// The start of the record that had the new value.
    pub time: Timestamp,
    /// The detail: `username`, `full_name`, `segment`, or `attrs.` and the key of an attribute.
    pub name: String,
    /// The value before; `None` if no record had one.
    pub before: Option<Value>,
    /// The new value.
    pub after: Value,
}

/// SQL for the changes of the user `?1`, newest first, from time `?2` on and before `?3`.
const CHANGES: &str = "SELECT id, time, name, old, new
    FROM profile_changes INDEXED BY profile_changes_user
    WHERE user = ?1 AND time >= ?2 AND (?3 IS NULL OR time < ?3)
    ORDER BY id DESC LIMIT 1000";

impl Reader {
    pub(super) fn profile_changes(
        &self,
        user_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, ProfileChange>, StoreError> {
        let user = self.user_row_id(user_id)?;
        let range = query.range();
        // A writer keeps few changes of each user.
        let changes = self.read_tx(|tx| {
            let mut statement = tx.prepare_cached(CHANGES)?;
            let found = statement.query_map(params![user, range.since, range.until], change)?;
            found.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(Rows::new(KeyedPages::new(changes, Ok), query.max_rows()))
    }
}

fn change(row: &Row<'_>) -> rusqlite::Result<ProfileChange> {
    let mut columns = ColumnReader::new(row);
    Ok(ProfileChange {
        id: columns.number()?,
        time: Timestamp::from_nanos(columns.number()?),
        name: columns.text()?,
        before: columns.optional_text()?.map(value),
        after: value(columns.text()?),
    })
}

/// A value as it is written: JSON. A damaged file can have another text.
fn value(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}
