//! Summing records one by one.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::call_sums::{CallKey, CallSums};
use super::rolled_record::RolledRecord;
use super::values::{OwnerOnDay, OwnerSums, RecordCount, Rollup, SessionOwner};
use crate::prices::Day;
use crate::read::call::Call;

/// The sums of the records that were added since the last [`take`](Self::take).
#[derive(Default)]
pub(crate) struct RollupBuilder {
    owners: HashMap<OwnerOnDay, OwnerSums, RandomState>,
    sessions: Vec<SessionOwner>,
    without_session: RecordCount,
    calls: HashMap<CallKey, CallSums, RandomState>,
    unowned_calls: Vec<i64>,
}

impl RollupBuilder {
    /// The index of a type of records by its name.
    pub(crate) fn type_index(name: &str) -> usize {
        match name {
            "span" => 0,
            "event" => 1,
            _ => 2,
        }
    }

    pub(crate) fn add_record(&mut self, record: &RolledRecord) {
        let duration = record.duration.unwrap_or_default().max(0);
        let day = Day::from_unix_nanos(record.start).as_unix_days();
        let sums = self.owners.entry((record.owner, day)).or_default();
        sums.first = sums.first.min(record.start);
        sums.last = sums.last.max(record.start.saturating_add(duration));
        if let Some(count) = sums.counts.get_mut(record.record_type) {
            count.add_record(record.weight);
        }
        match record.session {
            Some(session) => {
                let pair = ((session, record.owner), ());
                if self.sessions.last() != Some(&pair) {
                    self.sessions.push(pair);
                }
            }
            None => self.without_session.add_record(record.weight),
        }
    }

    /// Adds a model call. `id` is the row id of a call whose isolated scope may be identified later.
    pub(crate) fn add_call(
        &mut self,
        call: &Call,
        traits: i64,
        record: &RolledRecord,
        id: Option<i64>,
    ) {
        let key = CallKey::new(record, traits, id.is_some(), call);
        let sums = CallSums::of(&call.tokens);
        self.calls.entry(key).or_default().add(&sums);
        self.unowned_calls.extend(id);
    }

    pub(crate) fn clear(&mut self) {
        self.owners.clear();
        self.sessions.clear();
        self.without_session = RecordCount::default();
        self.calls.clear();
        self.unowned_calls.clear();
    }

    /// The sums so far. Keeps the memory for the next records.
    pub(crate) fn take(&mut self) -> Rollup {
        let mut owners: Vec<_> = self.owners.drain().collect();
        owners.sort_unstable_by_key(|(key, _)| *key);
        let mut calls: Vec<_> = self.calls.drain().collect();
        calls.sort_unstable_by_key(|(key, _)| *key);
        self.sessions.sort_unstable();
        self.sessions.dedup();
        Rollup {
            owners,
            sessions: self.sessions.drain(..).collect(),
            without_session: std::mem::take(&mut self.without_session),
            calls,
            unowned_calls: std::mem::take(&mut self.unowned_calls),
        }
    }
}
