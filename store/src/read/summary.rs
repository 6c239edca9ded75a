//! Summing the records of a query, from rollups where there are any.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Transaction;

use super::call_summary::{CallGroup, CallSummary};
use super::partitions::Partitions;
use super::prices::ModelPrices;
use super::query::TimeRange;
use super::reader::Reader;
use super::record_summary::RecordSummary;
use super::rollup::{Columns, Cover, Piece, Rollup, Scan, load};
use crate::prices::Day;

/// The sums of the full partitions, which readers of one file share.
///
/// A full partition changes only where records are deleted, and has another row id then.
#[derive(Debug, Default)]
pub(super) struct SummaryCache {
    records: Mutex<Arc<Kept<RecordSummary>>>,
    calls: Mutex<Arc<Kept<CallSummary>>>,
}

/// A sum of some rollups.
#[derive(Clone, Debug, Default)]
struct Kept<S> {
    /// The row ids of the rollups, in order.
    ids: Vec<i64>,
    sum: S,
}

/// Sums the records of one query.
pub(super) struct Summing<'r, 't> {
    reader: &'r Reader,
    tx: &'t Transaction<'t>,
    range: TimeRange,
    pieces: Vec<Piece>,
    scan: Scan,
}

impl<'r, 't> Summing<'r, 't> {
    pub(super) fn new(
        reader: &'r Reader,
        tx: &'t Transaction<'t>,
        partitions: &Partitions,
        range: TimeRange,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            reader,
            tx,
            range,
            pieces: Cover::load(tx, partitions, range)?.0,
            scan: Scan::new(tx)?,
        })
    }

    /// The records of every owner.
    pub(super) fn records(&self) -> rusqlite::Result<RecordSummary> {
        let add = |summary: &mut RecordSummary, pieces: &[Piece], is_kept| {
            let mut failure = None;
            let rollups = pieces.iter().map_while(|piece| {
                let rollup = self.load(piece, Columns::Records);
                rollup.map_err(|error| failure = Some(error)).ok()
            });
            summary.add(rollups, is_kept);
            failure.map_or(Ok(()), Err)
        };
        self.sum(&self.reader.summaries().records, add)
    }

    /// The usage of every owner, day and model.
    pub(super) fn calls(&self) -> rusqlite::Result<CallSummary> {
        let prices = ModelPrices::load(self.reader, self.tx)?;
        let add = |summary: &mut CallSummary, pieces: &[Piece], _| {
            for piece in pieces {
                let rollup = self.load(piece, Columns::Calls)?;
                if summary.add(&rollup, &prices).is_err() {
                    self.add_each_call(summary, piece, &prices)?;
                }
            }
            Ok(())
        };
        self.sum(&self.reader.summaries().calls, add)
    }

    fn load(&self, piece: &Piece, columns: Columns) -> rusqlite::Result<Rollup> {
        match *piece {
            Piece::Rollup { id, .. } => load(self.tx, id, columns),
            Piece::Records(first, last) => {
                self.scan
                    .records(self.tx, (first, last), self.range, columns)
            }
        }
    }

    /// Reads calls one by one, where a price lies between two calls of a sum.
    fn add_each_call(
        &self,
        summary: &mut CallSummary,
        piece: &Piece,
        prices: &ModelPrices<'_>,
    ) -> rusqlite::Result<()> {
        let (Piece::Rollup { first, last, .. } | Piece::Records(first, last)) = *piece;
        self.scan
            .each_call(self.tx, (first, last), self.range, |found| {
                let record = &found.record;
                let group = CallGroup {
                    owner: record.owner,
                    day: Day::from_unix_nanos(record.start),
                    model: found.call.model,
                    traits: found.traits,
                    is_unowned: found.is_unowned,
                    weight: record.weight,
                };
                let cost = prices.cost(&found.call, record.start);
                summary.add_call(group, found.id, &found.call, cost);
            })
    }

    /// The sum of all pieces. A sum of every time begins with what the readers share.
    fn sum<S: Clone + Default>(
        &self,
        kept: &Mutex<Arc<Kept<S>>>,
        add: impl Fn(&mut S, &[Piece], bool) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<S> {
        let is_lasting = |piece: &&Piece| self.range == TimeRange::ALL && piece.lasting().is_some();
        let (lasting, others): (Vec<&Piece>, Vec<&Piece>) =
            self.pieces.iter().partition(is_lasting);
        let others: Vec<Piece> = others.into_iter().copied().collect();
        let mut sum = match lasting.is_empty() {
            true => S::default(),
            false => {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                refresh(&mut kept, &lasting, &add)?;
                kept.sum.clone()
            }
        };
        add(&mut sum, &others, false)?;
        Ok(sum)
    }
}

/// Makes the kept sum one of these rollups. Adds new ones, and starts again where one is gone.
fn refresh<S: Clone + Default>(
    kept: &mut Arc<Kept<S>>,
    pieces: &[&Piece],
    add: impl Fn(&mut S, &[Piece], bool) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut ids: Vec<i64> = pieces.iter().filter_map(|piece| piece.lasting()).collect();
    ids.sort_unstable();
    if kept.ids == ids {
        return Ok(());
    }
    if !kept.ids.iter().all(|id| ids.binary_search(id).is_ok()) {
        *kept = Arc::default();
    }
    let is_new = |piece: &&&Piece| {
        let id = piece.lasting();
        id.is_some_and(|id| kept.ids.binary_search(&id).is_err())
    };
    let new: Vec<Piece> = pieces.iter().filter(is_new).map(|piece| **piece).collect();
    let target = Arc::make_mut(kept);
    // A failure halfway leaves a sum that no ids describe.
    let mut sum = std::mem::take(&mut target.sum);
    target.ids = Vec::new();
    add(&mut sum, &new, true)?;
    *target = Kept { ids, sum };
    Ok(())
}
