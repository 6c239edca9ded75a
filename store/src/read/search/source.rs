//! The records of a search.

use rusqlite::types::Value;
use rusqlite::{Transaction, params_from_iter};

use super::super::partitions::Partition;
use super::super::time_merge::{RecordSource, SortKey};
use super::driver::{Driver, DriverQuery};
use super::row_tests::{RecordChecks, ScopeSubject, SharedChecks, UserSubject};
use super::terms::{ANY_USER, Terms};
use super::text_search::TextCheck;

/// Finds the records by an index, and checks the conditions from the cheapest to the dearest: SQL,
/// scopes and users, words, single records.
pub(super) struct SearchSource<'r> {
    pub(super) driver: Driver,
    pub(super) terms: Terms,
    pub(super) texts: Option<TextCheck>,
    pub(super) scopes: SharedChecks<ScopeSubject>,
    pub(super) users: SharedChecks<UserSubject>,
    pub(super) records: RecordChecks<'r>,
}

impl RecordSource for SearchSource<'_> {
    fn visit(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        if self.texts.is_none() && self.records.is_empty() {
            return self.candidates(tx, partition, &mut |(key, _)| emit(key));
        }
        // A partition has at most 65,536 records.
        let mut found = Vec::new();
        self.candidates(tx, partition, &mut |candidate| found.push(candidate))?;
        if let Some(texts) = &self.texts {
            texts.retain(tx, &mut found, |(_, text)| *text)?;
        }
        for (key, _) in found {
            if self.records.pass(tx, key)? {
                emit(key);
            }
        }
        Ok(())
    }
}

/// The terms of one group.
const GROUP: usize = 64;

/// The key and the text of a record.
type Candidate = (SortKey, i64);

impl SearchSource<'_> {
    /// The records that pass the SQL and the checks of scopes and users.
    fn candidates(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        add: &mut dyn FnMut(Candidate),
    ) -> rusqlite::Result<()> {
        for DriverQuery { sql, keys } in self.driver.queries(partition) {
            let mut statement = tx.prepare_cached(&self.statement(&sql))?;
            let range = [partition.first_id, partition.last_id].map(Value::Integer);
            let values = self.terms.values.iter().cloned();
            let parameters = keys.into_iter().chain(range).chain(values);
            let mut rows = statement.query(params_from_iter(parameters))?;
            while let Some(row) = rows.next()? {
                let passes = (self.scopes.is_empty()
                    || self.scopes.scope_passes(tx, row.get(3)?)?)
                    && (self.users.is_empty() || self.users.user_passes(tx, row.get(4)?)?);
                if passes {
                    add(((row.get(0)?, row.get(1)?), row.get(2)?));
                }
            }
        }
        Ok(())
    }

    /// The statement of a driver with all conditions. A column that no check reads is NULL.
    fn statement(&self, driver: &str) -> String {
        let scope = if self.scopes.is_empty() {
            "NULL"
        } else {
            "r.scope"
        };
        let user = if self.users.is_empty() {
            "NULL"
        } else {
            ANY_USER
        };
        let mut sql = format!("SELECT r.start, r.id, r.text, {scope}, {user} {driver}");
        // In groups: SQLite limits the depth of an expression.
        for group in self.terms.sql.chunks(GROUP) {
            sql.push_str(&format!(" AND ({})", group.join(" AND ")));
        }
        sql
    }
}
