//! Summing the records of a range from the file.

use rusqlite::{Connection, params};

use super::builder::RollupBuilder;
use super::owner::Owner;
use super::rolled_record::RolledRecord;
use super::table::Columns;
use super::values::Rollup;
use crate::read::call::{COLUMNS, Call};
use crate::read::id_map::IdMap;
use crate::read::names::ANONYMOUS;
use crate::read::names::load_names;
use crate::read::query::TimeRange;
use crate::read::weight::Weights;

const RECORDS: &str = "SELECT start, duration, site, traits, user, session FROM records
    WHERE id BETWEEN ?1 AND ?2";

/// A model call in the file.
pub(crate) struct FoundCall {
    pub(crate) id: i64,
    pub(crate) record: RolledRecord,
    pub(crate) traits: i64,
    pub(crate) call: Call,
    /// Whether the call has no user, and an isolated scope that may be identified later.
    pub(crate) is_unowned: bool,
}

/// Sums records from the file: what the writer sums while it writes.
pub(crate) struct Scan {
    types: IdMap<usize>,
    weights: Weights,
    reasons: IdMap<String>,
}

impl Scan {
    pub(crate) fn new(connection: &Connection) -> rusqlite::Result<Self> {
        let types = load_names(connection, "SELECT id, type FROM sites")?;
        let types = types.into_iter();
        Ok(Self {
            types: types
                .map(|(site, name)| (site, RollupBuilder::type_index(&name)))
                .collect(),
            weights: Weights::load(connection)?,
            reasons: load_names(connection, "SELECT id, unattributed FROM traits")?,
        })
    }

    /// The sums of the records from `first` to `last` that started in the time range.
    pub(crate) fn records(
        &self,
        connection: &Connection,
        (first, last): (i64, i64),
        range: TimeRange,
        columns: Columns,
    ) -> rusqlite::Result<Rollup> {
        let mut builder = RollupBuilder::default();
        if columns != Columns::Calls {
            self.add_records(connection, (first, last), range, &mut builder)?;
        }
        if columns != Columns::Records {
            self.each_call(connection, (first, last), range, |found| {
                let id = found.is_unowned.then_some(found.id);
                builder.add_call(&found.call, found.traits, &found.record, id);
            })?;
        }
        Ok(builder.take())
    }

    fn add_records(
        &self,
        connection: &Connection,
        (first, last): (i64, i64),
        range: TimeRange,
        builder: &mut RollupBuilder,
    ) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(RECORDS)?;
        let mut rows = statement.query([first, last])?;
        while let Some(row) = rows.next()? {
            let start: i64 = row.get(0)?;
            if range.contains(start) {
                let site: i64 = row.get(2)?;
                let traits = row.get(3)?;
                builder.add_record(&RolledRecord {
                    owner: self.owner(row.get(4)?, traits),
                    session: row.get(5)?,
                    start,
                    duration: row.get(1)?,
                    record_type: self.types.get(&site).copied().unwrap_or(2),
                    weight: self.weights.of(traits),
                });
            }
        }
        Ok(())
    }

    /// Reads the model calls of the records from `first` to `last`.
    pub(crate) fn each_call(
        &self,
        connection: &Connection,
        (first, last): (i64, i64),
        range: TimeRange,
        mut visit: impl FnMut(FoundCall),
    ) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT r.id, r.start, r.traits, r.user,
               r.user IS NULL AND EXISTS (SELECT 1 FROM gaps n WHERE n.record = r.id), {COLUMNS}
             FROM usages g CROSS JOIN records r ON r.id = g.record
             WHERE g.record BETWEEN ?1 AND ?2"
        ))?;
        let mut rows = statement.query(params![first, last])?;
        while let Some(row) = rows.next()? {
            let (start, traits): (i64, i64) = (row.get(1)?, row.get(2)?);
            if !range.contains(start) {
                continue;
            }
            let Some(call) = Call::read(row, 5)? else {
                continue;
            };
            let record = RolledRecord {
                owner: self.owner(row.get(3)?, traits),
                session: None,
                start,
                duration: None,
                record_type: 0,
                weight: self.weights.of(traits),
            };
            visit(FoundCall {
                id: row.get(0)?,
                record,
                traits,
                call,
                is_unowned: row.get(4)?,
            });
        }
        Ok(())
    }

    fn owner(&self, user: Option<i64>, traits: i64) -> Owner {
        let reason = self.reasons.get(&traits);
        Owner::new(user, reason.is_some_and(|reason| reason == ANONYMOUS))
    }
}
