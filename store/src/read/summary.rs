//! Summing the records of a query, from rollups where there are any.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Transaction;

use super::call::Call;
use super::late::LateCounter;
use super::leader_days::LeaderDays;
use super::owner_days::{OwnerDay, OwnerDays};
use super::partitions::Partitions;
use super::prices::ModelPrices;
use super::query::TimeRange;
use super::reader::Reader;
use super::record_summary::{OwnerSummary, RecordSummary};
use super::rollup::{
    Ambiguous, Columns, Cover, Owner, OwnerOnDay, OwnerSums, Piece, Rollup, Scan, each_of_owners,
    load,
};
use super::summary_cache::{Kept, ids_of};
use super::usage::UsageSum;
use super::usage_summary::{CallGroup, UsageSummary, usage_of_call, usage_of_groups};
use super::weight::Weights;
use crate::money::Usd;
use crate::prices::Day;

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
        Self::of_cover(reader, tx, Cover::load(tx, partitions, range)?, range)
    }

    /// Sums the records of whole days, for [`each_of_owners`](Self::each_of_owners).
    pub(super) fn of_days(
        reader: &'r Reader,
        tx: &'t Transaction<'t>,
        partitions: &Partitions,
        range: TimeRange,
    ) -> rusqlite::Result<Self> {
        Self::of_cover(reader, tx, Cover::load_days(tx, partitions, range)?, range)
    }

    fn of_cover(
        reader: &'r Reader,
        tx: &'t Transaction<'t>,
        cover: Cover,
        range: TimeRange,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            reader,
            tx,
            range,
            pieces: cover.0,
            scan: Scan::new(tx)?,
        })
    }

    /// Passes the records of some owners, by day, to `visit`: those of the time range, and others. The
    /// owners are in order.
    pub(super) fn each_of_owners(
        &self,
        owners: &[Owner],
        mut visit: impl FnMut(OwnerOnDay, &OwnerSums),
    ) -> rusqlite::Result<()> {
        for piece in &self.pieces {
            if let Piece::Rollup { id, .. } = *piece {
                each_of_owners(self.tx, id, owners, &mut visit)?;
                continue;
            }
            for (key, sums) in &self.load(piece, Columns::Records)?.owners {
                if owners.binary_search(&key.0).is_ok() {
                    visit(*key, sums);
                }
            }
        }
        Ok(())
    }

    /// The records of every owner.
    pub(super) fn records(&self) -> rusqlite::Result<RecordSummary> {
        let add = |sum: &mut _, pieces: &_, is_kept| self.add_records(sum, pieces, is_kept);
        self.sum(&self.reader.summaries().records, add)
    }

    /// The records and the usage of one owner.
    pub(super) fn owner(&self, owner: Owner) -> rusqlite::Result<(OwnerSummary, UsageSum)> {
        let caches = self.reader.summaries();
        let add = |sum: &mut _, pieces: &_, is_kept| self.add_records(sum, pieces, is_kept);
        let (kept, others) = self.kept(&caches.records, add)?;
        let mut newest = RecordSummary::default();
        add(&mut newest, &others, true)?;
        let records = kept.sum.owner_with(owner, &newest);
        let prices = ModelPrices::load(self.reader.prices(), self.tx)?;
        let add = |sum: &mut _, pieces: &_, is_kept| self.add_calls(sum, pieces, is_kept, &prices);
        let (kept, others) = self.kept(&caches.calls, add)?;
        let mut newest = UsageSummary::default();
        add(&mut newest, &others, false)?;
        let mut usage = kept.sum.owners.get(&owner).copied().unwrap_or_default();
        usage.add(&newest.owners.get(&owner).copied().unwrap_or_default());
        Ok((records, usage))
    }

    /// The days of an owner in the partitions where the owner has many records, each with the first
    /// record of the partition. The records of the other partitions have to be read.
    pub(super) fn days(&self, owner: Owner) -> rusqlite::Result<Vec<(i64, OwnerDay)>> {
        let prices = ModelPrices::load(self.reader.prices(), self.tx)?;
        let add = |sum: &mut OwnerDays, pieces: &[Piece], _| {
            for piece in pieces {
                if let Piece::Rollup { first, .. } = *piece {
                    sum.add(first, &self.load(piece, Columns::All)?, &prices);
                }
            }
            Ok(())
        };
        let (kept, _) = self.kept(&self.reader.summaries().days, add)?;
        let firsts = self.pieces.iter().filter(|piece| piece.lasting().is_some());
        let firsts = firsts.map(|piece| match *piece {
            Piece::Rollup { first, .. } | Piece::Records(first, _) => first,
        });
        let days = firsts.flat_map(|first| {
            kept.sum
                .get(owner, first)
                .iter()
                .map(move |day| (first, *day))
        });
        Ok(days.collect())
    }

    /// The late records of each of the users, up to the `newest` record.
    pub(super) fn late(
        &self,
        users: impl Iterator<Item = i64>,
        newest: i64,
    ) -> rusqlite::Result<Vec<u64>> {
        let counter = LateCounter {
            tx: self.tx,
            weights: Weights::load(self.tx)?,
            pieces: &self.pieces,
            range: self.range,
            newest,
        };
        counter.count(self.reader.summaries(), users)
    }

    fn add_records(
        &self,
        summary: &mut RecordSummary,
        pieces: &[Piece],
        is_kept: bool,
    ) -> rusqlite::Result<()> {
        let mut failure = None;
        let rollups = pieces.iter().map_while(|piece| {
            let rollup = self.load(piece, Columns::Records);
            rollup.map_err(|error| failure = Some(error)).ok()
        });
        summary.add(rollups, is_kept);
        failure.map_or(Ok(()), Err)
    }

    /// The usage of every owner, day and model.
    pub(super) fn calls(&self) -> rusqlite::Result<UsageSummary> {
        let prices = ModelPrices::load(self.reader.prices(), self.tx)?;
        let add = |sum: &mut _, pieces: &_, is_kept| self.add_calls(sum, pieces, is_kept, &prices);
        self.sum(&self.reader.summaries().calls, add)
    }

    fn add_calls(
        &self,
        summary: &mut UsageSummary,
        pieces: &[Piece],
        is_kept: bool,
        prices: &ModelPrices<'_>,
    ) -> rusqlite::Result<()> {
        for piece in pieces {
            let rollup = self.load(piece, Columns::Calls)?;
            if summary.add(&rollup, prices).is_err() {
                self.each_call(piece, prices, |group, id, call, cost| {
                    summary.add_call(group, id, call, cost);
                })?;
            }
        }
        if is_kept {
            summary.owners.share();
        }
        Ok(())
    }

    /// The days of the `leaders` and of all others. The `candidates` are kept beside them: some of
    /// these are leaders of the next query.
    pub(super) fn leader_days(
        &self,
        leaders: &[Owner],
        candidates: &[Owner],
    ) -> rusqlite::Result<LeaderDays> {
        let prices = ModelPrices::load(self.reader.prices(), self.tx)?;
        let add = |sum: &mut LeaderDays, pieces: &[Piece], _| {
            self.each_group(pieces, &prices, |group, usage| sum.add(group, usage))
        };
        let empty = || LeaderDays::new(leaders.iter().chain(candidates).copied());
        if self.range != TimeRange::ALL {
            let mut sum = empty();
            add(&mut sum, &self.pieces, false)?;
            return Ok(sum);
        }
        let (lasting, others) = self.lasting_and_others();
        let kept = &self.reader.summaries().leaders;
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !(kept.sum.contains_all(leaders) && kept.is_part_of(&lasting)) {
            *kept = Arc::new(Kept::new(empty()));
        }
        refresh(&mut kept, &lasting, add)?;
        let mut sum = kept.sum.clone();
        drop(kept);
        add(&mut sum, &others, false)?;
        Ok(sum)
    }

    /// Passes the usage of every group of calls to `visit`, in no order.
    fn each_group(
        &self,
        pieces: &[Piece],
        prices: &ModelPrices<'_>,
        mut visit: impl FnMut(CallGroup, &UsageSum),
    ) -> rusqlite::Result<()> {
        for piece in pieces {
            let rollup = self.load(piece, Columns::Calls)?;
            match usage_of_groups(&rollup, prices) {
                Ok(groups) => groups
                    .iter()
                    .for_each(|(group, usage)| visit(*group, usage)),
                Err(Ambiguous) => self.each_call(piece, prices, |group, _, call, cost| {
                    visit(group, &usage_of_call(group, call, cost));
                })?,
            }
        }
        Ok(())
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
    fn each_call(
        &self,
        piece: &Piece,
        prices: &ModelPrices<'_>,
        mut visit: impl FnMut(CallGroup, i64, &Call, Option<Usd>),
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
                visit(group, found.id, &found.call, cost);
            })
    }

    /// The sum of all pieces.
    fn sum<S: Clone + Default>(
        &self,
        kept: &Mutex<Arc<Kept<S>>>,
        add: impl Fn(&mut S, &[Piece], bool) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<S> {
        let (kept, others) = self.kept(kept, &add)?;
        let mut sum = kept.sum.clone();
        drop(kept);
        add(&mut sum, &others, false)?;
        Ok(sum)
    }

    /// What the readers share of a query of every time, and the pieces that are not in there.
    fn kept<S: Clone + Default>(
        &self,
        kept: &Mutex<Arc<Kept<S>>>,
        add: impl Fn(&mut S, &[Piece], bool) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<(Arc<Kept<S>>, Vec<Piece>)> {
        if self.range != TimeRange::ALL {
            return Ok((Arc::default(), self.pieces.clone()));
        }
        let (lasting, others) = self.lasting_and_others();
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.is_part_of(&lasting) {
            *kept = Arc::default();
        }
        refresh(&mut kept, &lasting, add)?;
        Ok((Arc::clone(&kept), others))
    }

    /// The pieces whose sums are kept, and all others.
    fn lasting_and_others(&self) -> (Vec<Piece>, Vec<Piece>) {
        let is_lasting = |piece: &Piece| piece.lasting().is_some();
        self.pieces.iter().copied().partition(is_lasting)
    }
}

/// Adds the pieces that are not in the kept sum, which is a part of them.
fn refresh<S: Clone + Default>(
    kept: &mut Arc<Kept<S>>,
    pieces: &[Piece],
    add: impl Fn(&mut S, &[Piece], bool) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let is_new = |piece: &&Piece| {
        let id = piece.lasting();
        id.is_some_and(|id| kept.ids.binary_search(&id).is_err())
    };
    let new: Vec<Piece> = pieces.iter().filter(is_new).copied().collect();
    if new.is_empty() {
        return Ok(());
    }
    let ids = ids_of(pieces);
    let target = Arc::make_mut(kept);
    // A failure halfway leaves an empty sum.
    let Kept { mut sum, .. } = std::mem::take(target);
    add(&mut sum, &new, true)?;
    *target = Kept { ids, sum };
    Ok(())
}
