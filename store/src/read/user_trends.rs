//! The records of some users by day.

use serde::Serialize;
use whose::Timestamp;

use super::partitions::Partitions;
use super::query::Query;
use super::reader::{Reader, find_user};
use super::record_types::CountsSum;
use super::rollup::Owner;
use super::summary::Summing;
use crate::error::StoreError;
use crate::prices::Day;

/// The records of some users on each of 30 days; see
/// [`Queries::user_trends`](super::Queries::user_trends).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UserTrends {
    /// The first day, in UTC. The others follow without a gap.
    pub first_day: Day,
    /// The number of records that started on each day, one list for each user.
    pub records: Vec<Vec<u64>>,
}

impl UserTrends {
    /// The number of days.
    pub const DAYS: usize = 30;
    const LAST: i64 = Self::DAYS as i64 - 1;
}

impl Reader {
    pub(super) fn user_trends(
        &self,
        users: &[&str],
        query: &Query,
    ) -> Result<UserTrends, StoreError> {
        let last = last_day(&self.partitions(query)?, query).as_unix_days();
        let first_day = Day::from_unix_days(last.saturating_sub(UserTrends::LAST));
        let days = Query::all()
            .since(start(first_day))
            .until(start(Day::from_unix_days(last.saturating_add(1))));
        let partitions = self.partitions(&days)?;
        let mut sums = vec![[CountsSum::default(); UserTrends::DAYS]; users.len()];
        self.read_tx(|tx| {
            // One user can be listed twice, by two names.
            let mut wanted = Vec::new();
            for (index, id) in users.iter().enumerate() {
                let user = find_user(tx, id)?;
                wanted.extend(user.map(|user| (Owner::new(Some(user), false), index)));
            }
            wanted.sort_unstable();
            let mut owners: Vec<Owner> = wanted.iter().map(|(owner, _)| *owner).collect();
            owners.dedup();
            let summing = Summing::of_days(self, tx, &partitions, days.range())?;
            summing.each_of_owners(&owners, |(owner, day), counts| {
                let day = usize::try_from(day.saturating_sub(first_day.as_unix_days()));
                let at = wanted.partition_point(|(other, _)| *other < owner);
                let of_owner = wanted.iter().skip(at).take_while(|(it, _)| *it == owner);
                for (_, index) in of_owner {
                    let of_user = day.ok().and_then(|day| sums.get_mut(*index)?.get_mut(day));
                    if let Some(sum) = of_user {
                        sum.add(&CountsSum::new(counts.counts));
                    }
                }
            })
        })?;
        let records = sums.iter().map(|days| {
            let days = days.iter().map(|sum| sum.rounded().records());
            days.collect()
        });
        Ok(UserTrends {
            first_day,
            records: records.collect(),
        })
    }
}

/// The last day of the time range, or the day of the newest record. A record of the future has no day
/// of its own.
fn last_day(partitions: &Partitions, query: &Query) -> Day {
    if let Some(end) = query.range().until {
        return Day::from_unix_nanos(end.saturating_sub(1));
    }
    let newest = partitions
        .0
        .iter()
        .map(|partition| partition.max_start)
        .max();
    newest.map_or(Day::today(), |newest| {
        Day::from_unix_nanos(newest).min(Day::today())
    })
}

/// The start of a day; the nearest time for a day that has none.
fn start(day: Day) -> Timestamp {
    const NANOS: i64 = 86_400 * 1_000_000_000;
    Timestamp::from_nanos(day.as_unix_days().saturating_mul(NANOS))
}
