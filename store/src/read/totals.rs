//! Totals of a file.

use super::query::Query;
use super::reader::Reader;
use super::record_summary::{OwnerSummary, RecordSummary};
use super::record_types::CountsSum;
use super::rollup::{Owner, OwnerSums, RecordCount};
use super::rows::{Counts, Totals};
use super::summary::Summing;
use super::usage_summary::UsageSummary;
use crate::error::StoreError;

impl Reader {
    pub(super) fn totals(&self, query: &Query) -> Result<Totals, StoreError> {
        let partitions = self.partitions(query)?;
        self.read_tx(|tx| {
            let summing = Summing::new(self, tx, &partitions, query.range())?;
            Ok(totals(&summing.records()?, &summing.calls()?))
        })
    }
}

/// The totals of all owners.
pub(super) fn totals(records: &RecordSummary, calls: &UsageSummary) -> Totals {
    let mut all = OwnerSums::default();
    for (_, owner) in records.owners.iter() {
        all.add(&owner.records);
    }
    let count = |owner| {
        let owner: Option<&OwnerSummary> = records.owners.get(&owner);
        owner.map_or(0, |owner| counts(&owner.records).records())
    };
    let owners = records.owners.iter();
    let users = owners.filter(|(owner, _)| owner.user().is_some());
    Totals {
        users: users.count() as u64,
        sessions: records.sessions,
        without_user: count(Owner::NOBODY),
        anonymous: count(Owner::ANONYMOUS),
        without_session: rounded(records.without_session),
        counts: counts(&all),
        usage: calls.total.rounded(),
    }
}

/// The numbers of records, rounded to whole records.
pub(super) fn counts(sums: &OwnerSums) -> Counts {
    CountsSum::new(sums.counts).rounded()
}

fn rounded(count: RecordCount) -> u64 {
    CountsSum::new([count, RecordCount::default(), RecordCount::default()])
        .rounded()
        .spans
}
