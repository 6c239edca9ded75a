//! The rows of the table `records`, and the statements that insert them.

use std::sync::LazyLock;

use rusqlite::Statement;
use rusqlite::types::{ToSqlOutput, ValueRef};

// Without `id`: SQLite assigns the next row id, and appends without a search.
const COLUMNS: [&str; 12] = [
    "site", "traits", "text", "scope", "user", "session", "start", "duration", "trace", "span",
    "parent", "fields",
];
/// The rows that one statement inserts. Running a statement costs as much as several of its rows.
pub(super) const ROWS_PER_STATEMENT: usize = 32;

/// Inserts one row.
pub(super) static INSERT_ONE: LazyLock<String> = LazyLock::new(|| insert_sql(1));
/// Inserts [`ROWS_PER_STATEMENT`] rows.
pub(super) static INSERT_MANY: LazyLock<String> = LazyLock::new(|| insert_sql(ROWS_PER_STATEMENT));

fn insert_sql(rows: usize) -> String {
    let row = format!("({})", ["?"; COLUMNS.len()].join(", "));
    let rows = vec![row; rows].join(", ");
    format!(
        "INSERT OR FAIL INTO records ({}) VALUES {rows}",
        COLUMNS.join(", ")
    )
}

/// One row of the table `records`.
#[derive(Default)]
pub(super) struct Row {
    pub(super) site: i64,
    pub(super) traits: i64,
    pub(super) text: i64,
    pub(super) scope: Option<i64>,
    pub(super) user: Option<i64>,
    pub(super) session: Option<i64>,
    pub(super) start: i64,
    pub(super) duration: Option<i64>,
    pub(super) trace: Option<[u8; 16]>,
    pub(super) span: Option<i64>,
    pub(super) parent: Option<i64>,
    /// The fields that are no texts, as JSON; empty if there are none.
    pub(super) fields: Vec<u8>,
}

/// Binds the columns of `rows` to a statement that inserts as many rows.
pub(super) fn bind(statement: &mut Statement<'_>, rows: &[Row]) -> rusqlite::Result<()> {
    let number = |number: Option<i64>| number.map_or(ValueRef::Null, ValueRef::Integer);
    let mut index = 0;
    for row in rows {
        let values: [ValueRef<'_>; COLUMNS.len()] = [
            ValueRef::Integer(row.site),
            ValueRef::Integer(row.traits),
            ValueRef::Integer(row.text),
            number(row.scope),
            number(row.user),
            number(row.session),
            ValueRef::Integer(row.start),
            number(row.duration),
            row.trace
                .as_ref()
                .map_or(ValueRef::Null, |trace| ValueRef::Blob(trace)),
            number(row.span),
            number(row.parent),
            match &*row.fields {
                [] => ValueRef::Null,
                fields => ValueRef::Text(fields),
            },
        ];
        for value in values {
            index += 1;
            statement.raw_bind_parameter(index, ToSqlOutput::Borrowed(value))?;
        }
    }
    Ok(())
}
