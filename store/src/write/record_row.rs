//! The rows of the table `records`, and the statements that insert them.

use std::sync::LazyLock;

use rusqlite::Statement;
use rusqlite::types::{ToSqlOutput, ValueRef};

// Without `id`: SQLite assigns the next row id, and appends without a search.
const COLUMNS: [&str; 12] = [
    "site", "traits", "text", "scope", "user", "session", "start", "duration", "span", "parent",
    "trace", "fields",
];
/// How many of the columns are numbers. They come first.
const NUMBERS: usize = 10;
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

impl Row {
    fn numbers(&self) -> [Option<i64>; NUMBERS] {
        [
            Some(self.site),
            Some(self.traits),
            Some(self.text),
            self.scope,
            self.user,
            self.session,
            Some(self.start),
            self.duration,
            self.span,
            self.parent,
        ]
    }

    /// Binds the columns to the parameters of row `number` of a statement. `bound` is the row that is bound
    /// to these parameters already, if any: about half of the columns repeat, and comparing a column costs a
    /// fraction of binding it.
    fn bind(
        &self,
        statement: &mut Statement<'_>,
        number: usize,
        bound: Option<&Self>,
    ) -> rusqlite::Result<()> {
        let first = number * COLUMNS.len() + 1;
        let bound_numbers = bound.map(Self::numbers);
        for (column, value) in self.numbers().into_iter().enumerate() {
            let bound = bound_numbers.as_ref().map(|bound| bound[column]);
            if bound != Some(value) {
                let value = value.map_or(ValueRef::Null, ValueRef::Integer);
                bind(statement, first + column, value)?;
            }
        }
        let (trace, fields) = (first + NUMBERS, first + NUMBERS + 1);
        if bound.is_none_or(|bound| bound.trace != self.trace) {
            let value = self.trace.as_ref();
            let value = value.map_or(ValueRef::Null, |trace| ValueRef::Blob(trace));
            bind(statement, trace, value)?;
        }
        if bound.is_none_or(|bound| bound.fields != self.fields) {
            let value = match &*self.fields {
                [] => ValueRef::Null,
                fields => ValueRef::Text(fields),
            };
            bind(statement, fields, value)?;
        }
        Ok(())
    }
}

fn bind(statement: &mut Statement<'_>, index: usize, value: ValueRef<'_>) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(index, ToSqlOutput::Borrowed(value))
}

/// Binds `rows` to a statement that inserts as many rows.
pub(super) fn bind_rows(statement: &mut Statement<'_>, rows: &[Row]) -> rusqlite::Result<()> {
    let mut rows = rows.iter().enumerate();
    rows.try_for_each(|(number, row)| row.bind(statement, number, None))
}

/// Binds `rows` to a statement to which `bound` is bound.
pub(super) fn bind_changes(
    statement: &mut Statement<'_>,
    rows: &[Row],
    bound: &[Row],
) -> rusqlite::Result<()> {
    let mut rows = rows.iter().zip(bound).enumerate();
    rows.try_for_each(|(number, (row, bound))| row.bind(statement, number, Some(bound)))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use rusqlite::types::Value;

    use super::*;

    fn open() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(include_str!("../schema.sql"))
            .unwrap();
        // As the writer does.
        connection
            .pragma_update(None, "foreign_keys", false)
            .unwrap();
        connection
    }

    fn stored_rows(connection: &Connection) -> Vec<Vec<Value>> {
        let sql = format!("SELECT {} FROM records ORDER BY id", COLUMNS.join(", "));
        let mut statement = connection.prepare(&sql).unwrap();
        let rows = statement.query_map((), |row| {
            (0..COLUMNS.len()).map(|column| row.get(column)).collect()
        });
        rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    /// Rows in which each column keeps, changes, loses or gains its value from one round to the next.
    fn rows(round: u64) -> Vec<Row> {
        let mut random = round + 1;
        let mut number = |of: u64| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            i64::try_from((random >> 33) % of).unwrap()
        };
        let mut row = || {
            let mut optional = || Some(number(3)).filter(|number| *number > 0);
            let [scope, user, session, duration, span, parent, trace, fields] =
                std::array::from_fn(|_| optional());
            Row {
                site: number(2),
                traits: number(2),
                text: number(2),
                scope,
                user,
                session,
                start: number(2),
                duration,
                trace: trace.map(|byte| [byte as u8; 16]),
                span,
                parent,
                fields: fields.map_or_else(Vec::new, |byte| format!("[{byte}]").into_bytes()),
            }
        };
        (0..ROWS_PER_STATEMENT).map(|_| row()).collect()
    }

    #[test]
    fn rows_with_changes_bound_equal_rows_bound_as_a_whole() {
        let (changed, whole) = (open(), open());
        let mut many = changed.prepare(&INSERT_MANY).unwrap();
        let mut one = whole.prepare(&INSERT_ONE).unwrap();
        let mut bound: Option<Vec<Row>> = None;
        for round in 0..20 {
            let rows = rows(round);
            match &bound {
                Some(bound) => bind_changes(&mut many, &rows, bound).unwrap(),
                None => bind_rows(&mut many, &rows).unwrap(),
            }
            many.raw_execute().unwrap();
            for row in &rows {
                bind_rows(&mut one, std::slice::from_ref(row)).unwrap();
                one.raw_execute().unwrap();
            }
            bound = Some(rows);
        }
        assert_eq!(stored_rows(&changed), stored_rows(&whole));
        assert_eq!(stored_rows(&whole).len(), 20 * ROWS_PER_STATEMENT);
    }
}
