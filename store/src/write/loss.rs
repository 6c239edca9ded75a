//! Gap records: which records are missing from the file, when, and why.

use rusqlite::{Connection, params};

/// Lost records, as one row of the table `losses`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    /// The start of the first lost record, in nanoseconds since 1970.
    pub(crate) from: i64,
    /// The end of the last lost record, in nanoseconds since 1970.
    pub(crate) to: i64,
    pub(crate) records: u64,
    pub(crate) reason: String,
}

impl Loss {
    /// The loss of one record.
    pub(crate) fn new((from, to): (i64, i64), reason: String) -> Self {
        let records = 1;
        Self {
            from,
            to,
            records,
            reason,
        }
    }

    /// Adds a record.
    pub(crate) fn add(&mut self, (from, to): (i64, i64)) {
        self.from = self.from.min(from);
        self.to = self.to.max(to);
        self.records += 1;
    }

    /// Adds other records.
    pub(super) fn merge(&mut self, other: &Self) {
        self.from = self.from.min(other.from);
        self.to = self.to.max(other.to);
        self.records += other.records;
    }

    /// Whether `later` continues this loss, so that one row can hold both.
    fn is_continued_by(&self, later: &Self) -> bool {
        self.reason == later.reason && later.from.saturating_sub(self.to) <= MERGE_WINDOW
    }
}

/// The longest gap within one row, in nanoseconds: one minute.
const MERGE_WINDOW: i64 = 60_000_000_000;

const INSERT: &str =
    "INSERT INTO losses (time_from, time_to, records, reason) VALUES (?1, ?2, ?3, ?4)";
const UPDATE: &str = "UPDATE losses SET time_from = ?2, time_to = ?3, records = ?4 WHERE id = ?1";

/// The losses of this process that are not committed yet, and the last committed row.
#[derive(Default)]
pub(super) struct PendingLosses {
    waiting: Vec<Loss>,
    /// The row that was committed last, with its row id.
    last: Option<(i64, Loss)>,
}

impl PendingLosses {
    pub(super) fn add(&mut self, loss: Loss) {
        match self.waiting.last_mut() {
            Some(last) if last.is_continued_by(&loss) => last.merge(&loss),
            _ => self.waiting.push(loss),
        }
    }

    /// Writes the pending losses. Pass the returned row to [`committed`](Self::committed) after the
    /// commit.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<Option<(i64, Loss)>> {
        let mut last = self.last.clone();
        for loss in &self.waiting {
            if let Some((id, known)) = &mut last
                && known.is_continued_by(loss)
            {
                let mut whole = known.clone();
                whole.merge(loss);
                let row = params![*id, whole.from, whole.to, whole.records.cast_signed()];
                // Retention may have deleted the row.
                if connection.execute(UPDATE, row)? == 1 {
                    *known = whole;
                    continue;
                }
            }
            let records = loss.records.cast_signed();
            connection.execute(INSERT, params![loss.from, loss.to, records, loss.reason])?;
            last = Some((connection.last_insert_rowid(), loss.clone()));
        }
        Ok(last)
    }

    /// Clears the losses that [`write`](Self::write) wrote: the transaction is committed.
    pub(super) fn committed(&mut self, last: Option<(i64, Loss)>) {
        self.waiting.clear();
        self.last = last;
    }

    /// Forgets the committed row, after the file was replaced.
    pub(super) fn forget_last_row(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(from: i64, to: i64, reason: &str) -> Loss {
        let mut loss = Loss::new((from, from), reason.to_owned());
        loss.add((to, to));
        loss
    }

    fn rows(connection: &Connection) -> Vec<(i64, i64, i64, String)> {
        let sql = "SELECT time_from, time_to, records, reason FROM losses ORDER BY id";
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map((), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        });
        rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    #[test]
    fn losses_within_a_minute_share_one_row() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(include_str!("../schema.sql"))
            .unwrap();
        let mut losses = PendingLosses::default();
        let mut write = |added: Loss| {
            losses.add(added);
            let last = losses.write(&connection).unwrap();
            losses.committed(last);
        };
        write(loss(10, 20, "full"));
        write(loss(15, 30, "full"));
        write(loss(31, 32, "locked"));
        write(loss(MERGE_WINDOW + 33, MERGE_WINDOW + 34, "locked"));
        connection
            .execute("DELETE FROM losses WHERE id = 3", ())
            .unwrap();
        write(loss(MERGE_WINDOW + 35, MERGE_WINDOW + 36, "locked"));
        let expected = [
            (10, 30, 4, "full"),
            (31, 32, 2, "locked"),
            (MERGE_WINDOW + 35, MERGE_WINDOW + 36, 2, "locked"),
        ];
        assert_eq!(
            rows(&connection),
            expected.map(|(from, to, records, reason)| (from, to, records, reason.to_owned()))
        );
    }
}
