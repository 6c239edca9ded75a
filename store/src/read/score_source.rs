//! The scores that a filter selects.

use rusqlite::{Transaction, params};

use super::column_reader::ColumnReader;
use super::partitions::Partition;
use super::time_merge::{RecordSource, SortKey};

/// The filter of a query, by row ids.
pub(super) struct ScoreSource {
    pub(super) user: Option<i64>,
    pub(super) session: Option<i64>,
    pub(super) conversation: Option<String>,
    pub(super) name: Option<String>,
}

/// The parts of a score that a summary needs.
pub(super) struct SelectedScore {
    pub(super) key: SortKey,
    pub(super) name: String,
    pub(super) value: Option<f64>,
    pub(super) label: Option<String>,
}

impl ScoreSource {
    /// SQL for the scores of records `?1` to `?2`. A record without a user belongs to the user and the
    /// session that a link states. A condition `?3 IS ?3` names a parameter that the filter may not use,
    /// because SQLite refuses a value for a parameter that the statement lacks.
    fn sql(&self) -> String {
        let scores = match self.name {
            Some(_) => "scores s INDEXED BY scores_name",
            None => "scores s NOT INDEXED",
        };
        let condition = |wanted, sql| if wanted { sql } else { "" };
        format!(
            "SELECT r.start, r.id, s.name, s.value, s.label FROM {scores}
             CROSS JOIN records r ON r.id = s.record
             LEFT JOIN conversations cv ON cv.scope = r.scope
             LEFT JOIN gaps n ON r.user IS NULL AND n.record = r.id
             LEFT JOIN links l ON l.isolated = n.isolated AND r.start < l.time
             WHERE s.record BETWEEN ?1 AND ?2 AND ?3 IS ?3 AND ?4 IS ?4 AND ?5 IS ?5 AND ?6 IS ?6
               {} {} {} {}",
            condition(self.user.is_some(), "AND coalesce(r.user, l.user) = ?3"),
            condition(
                self.session.is_some(),
                "AND coalesce(r.session, l.session) = ?4"
            ),
            condition(self.conversation.is_some(), "AND cv.cid = ?5"),
            condition(self.name.is_some(), "AND s.name = ?6"),
        )
    }

    /// Passes each selected score of the partition to `add`.
    pub(super) fn each(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        mut add: impl FnMut(SelectedScore),
    ) -> rusqlite::Result<()> {
        let mut statement = tx.prepare_cached(&self.sql())?;
        let mut rows = statement.query(params![
            partition.first_id,
            partition.last_id,
            self.user,
            self.session,
            self.conversation,
            self.name
        ])?;
        while let Some(row) = rows.next()? {
            let mut columns = ColumnReader::new(row);
            add(SelectedScore {
                key: (columns.number()?, columns.number()?),
                name: columns.text()?,
                value: columns.optional_real()?,
                label: columns.optional_text()?,
            });
        }
        Ok(())
    }
}

impl RecordSource for ScoreSource {
    fn visit(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        self.each(tx, partition, |score| emit(score.key))
    }
}
