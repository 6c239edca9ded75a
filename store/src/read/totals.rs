//! Totals of a file.

use rusqlite::{Transaction, params};

use super::call::{COLUMNS, Call};
use super::coverage::ANONYMOUS;
use super::id_set::IdSet;
use super::names::load_names;
use super::partitions::Partition;
use super::prices::ModelPrices;
use super::query::Query;
use super::reader::Reader;
use super::record_types::{CountsSum, RecordTypes};
use super::rows::Totals;
use super::usage::UsageSum;
use super::weight::{WeightedSum, Weights};
use crate::error::StoreError;

impl Reader {
    pub(super) fn totals(&self, query: &Query) -> Result<Totals, StoreError> {
        let partitions = self.partitions(query)?;
        let (types, prices, reasons, weights) = self.read_tx(|tx| {
            let reasons = load_names(tx, "SELECT id, unattributed FROM traits")?;
            Ok((
                RecordTypes::load(tx)?,
                ModelPrices::load(self, tx)?,
                reasons,
                Weights::load(tx)?,
            ))
        })?;
        let (mut counts, mut usage) = (CountsSum::default(), UsageSum::default());
        let mut nobodys = WeightedSum::default();
        let mut anonymous = WeightedSum::default();
        let mut without_session = WeightedSum::default();
        let (mut users, mut sessions) = (IdSet::default(), IdSet::default());
        for partition in partitions.0 {
            self.read_tx(|tx| {
                scan_records(tx, &partition, |record| {
                    if !query.range().contains(record.start) {
                        return;
                    }
                    let weight = weights.of(record.traits);
                    types.count(&mut counts, record.site, weight);
                    match record.user {
                        Some(user) => drop(users.insert(user)),
                        None if reasons
                            .get(&record.traits)
                            .is_some_and(|why| why == ANONYMOUS) =>
                        {
                            anonymous.add(weight);
                        }
                        None => nobodys.add(weight),
                    }
                    match record.session {
                        Some(session) => drop(sessions.insert(session)),
                        None => without_session.add(weight),
                    }
                })?;
                scan_calls(tx, &partition, |start, traits, call| {
                    if query.range().contains(start) {
                        let cost = prices.cost(&call, start);
                        usage.add_call(&call.tokens, cost, weights.of(traits));
                    }
                })
            })?;
        }
        Ok(Totals {
            users: users.len(),
            sessions: sessions.len(),
            without_user: nobodys.rounded(),
            anonymous: anonymous.rounded(),
            without_session: without_session.rounded(),
            counts: counts.rounded(),
            usage: usage.rounded(),
        })
    }
}

struct ScannedRecord {
    start: i64,
    site: i64,
    traits: i64,
    user: Option<i64>,
    session: Option<i64>,
}

fn scan_records(
    tx: &Transaction<'_>,
    partition: &Partition,
    mut visit: impl FnMut(ScannedRecord),
) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "SELECT start, site, traits, user, session FROM records WHERE id BETWEEN ?1 AND ?2",
    )?;
    let mut rows = statement.query([partition.first_id, partition.last_id])?;
    while let Some(row) = rows.next()? {
        visit(ScannedRecord {
            start: row.get(0)?,
            site: row.get(1)?,
            traits: row.get(2)?,
            user: row.get(3)?,
            session: row.get(4)?,
        });
    }
    Ok(())
}

fn scan_calls(
    tx: &Transaction<'_>,
    partition: &Partition,
    mut visit: impl FnMut(i64, i64, Call),
) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT r.start, r.traits, {COLUMNS}
         FROM usages g CROSS JOIN records r ON r.id = g.record
         WHERE g.record BETWEEN ?1 AND ?2"
    ))?;
    let mut rows = statement.query(params![partition.first_id, partition.last_id])?;
    while let Some(row) = rows.next()? {
        if let Some(call) = Call::read(row, 2)? {
            visit(row.get(0)?, row.get(1)?, call);
        }
    }
    Ok(())
}
