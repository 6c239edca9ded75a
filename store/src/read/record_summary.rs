//! The records of every owner, summed from rollups.

use std::sync::Arc;

use super::layered_map::LayeredMap;
use super::rollup::{Owner, OwnerSums, RecordCount, Rollup, SessionOwner, merge_sorted};

/// The records and the number of sessions of one owner.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OwnerSummary {
    pub(super) records: OwnerSums,
    pub(super) sessions: u64,
}

/// The records of every owner, and the sessions.
#[derive(Clone, Debug, Default)]
pub(super) struct RecordSummary {
    pub(super) owners: LayeredMap<Owner, OwnerSummary>,
    pub(super) without_session: RecordCount,
    /// The number of sessions.
    pub(super) sessions: u64,
    /// Every session with its owners. Shared: the newest records add few sessions, so that a query
    /// copies no list.
    session_owners: Arc<Vec<SessionOwner>>,
}

impl RecordSummary {
    /// Adds records. With `keep_sessions`, more records can be added later.
    pub(super) fn add(&mut self, rollups: impl Iterator<Item = Rollup>, keep_sessions: bool) {
        let mut sessions = Merge::default();
        for rollup in rollups {
            for ((owner, _), sums) in &rollup.owners {
                self.owners.get_or_default(*owner).records.add(sums);
            }
            self.without_session.add(rollup.without_session);
            sessions.push(rollup.sessions);
        }
        let sessions = sessions.finish();
        self.count_sessions(&sessions);
        if keep_sessions {
            self.owners.share();
            let known = Arc::make_mut(&mut self.session_owners);
            merge_sorted(known, sessions, |(), ()| ());
        }
    }

    /// The records of an owner, with newer ones.
    pub(super) fn owner_with(&self, owner: Owner, newest: &Self) -> OwnerSummary {
        let mut sum = self.owners.get(&owner).copied().unwrap_or_default();
        if let Some(newest) = newest.owners.get(&owner) {
            sum.records.add(&newest.records);
        }
        let new = newest
            .session_owners
            .iter()
            .filter(|pair| pair.0.1 == owner && self.session_owners.binary_search(pair).is_err());
        sum.sessions += new.count() as u64;
        sum
    }

    /// Counts the sessions that are not known yet.
    fn count_sessions(&mut self, sessions: &[SessionOwner]) {
        let known = Arc::clone(&self.session_owners);
        let (mut at, mut last) = (0, None);
        for (pair, ()) in sessions {
            // Most sessions of the newest records are newer than all that are known.
            at += known[at..].partition_point(|(other, ())| other.0 < pair.0);
            let owners = known[at..].iter().map(|(other, ())| other);
            let mut owners = owners.take_while(|other| other.0 == pair.0).peekable();
            if owners.peek().is_none() && last != Some(pair.0) {
                self.sessions += 1;
            }
            last = Some(pair.0);
            if !owners.any(|other| other == pair) {
                self.owners.get_or_default(pair.1).sessions += 1;
            }
        }
    }
}

/// Merges sorted lists, small ones first.
#[derive(Default)]
struct Merge(Vec<Vec<SessionOwner>>);

impl Merge {
    fn push(&mut self, list: Vec<SessionOwner>) {
        self.0.push(list);
        while let [.., one, other] = &self.0[..]
            && one.len() < 2 * other.len()
        {
            self.merge_last();
        }
    }

    fn merge_last(&mut self) {
        if let Some(list) = self.0.pop()
            && let Some(into) = self.0.last_mut()
        {
            merge_sorted(into, list, |(), ()| ());
        }
    }

    fn finish(mut self) -> Vec<SessionOwner> {
        while self.0.len() > 1 {
            self.merge_last();
        }
        self.0.pop().unwrap_or_default()
    }
}
