//! One page of the list of users.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use foldhash::fast::RandomState;
use rusqlite::Transaction;
use whose::Timestamp;

use super::list_rows::{UserSums, user_with_sums};
use super::query::Query;
use super::reader::Reader;
use super::record_summary::{OwnerSummary, RecordSummary};
use super::rollup::Owner;
use super::rows::UserRow;
use super::summary::Summing;
use super::totals::{counts, totals};
use super::usage::UsageSum;
use super::usage_summary::UsageSummary;
use super::user_filter::{UserFilter, UserPage, UserSort};
use crate::error::StoreError;

/// The most users of one page.
const MAX_ROWS: usize = 10_000;

/// Where a user stands: the value that the order is by, then the row id. The greatest comes first.
type Rank = (i128, Reverse<i64>);

impl Reader {
    pub(super) fn user_page(
        &self,
        filter: &UserFilter,
        query: &Query,
    ) -> Result<UserPage, StoreError> {
        let partitions = self.partitions(query)?;
        let max_rows = query.max_rows().min(MAX_ROWS);
        self.read_tx(|tx| {
            let summing = Summing::new(self, tx, &partitions, query.range())?;
            let (records, calls) = (summing.records()?, summing.calls()?);
            let matching = match &filter.prefix {
                Some(prefix) => Some(users_with_prefix(tx, prefix)?),
                None => None,
            };
            let after = filter.after.as_deref().and_then(parse_key);
            let top =
                TopUsers::new(max_rows, after, matching).ranked(filter.sort, &records, &calls);
            let (ranks, next) = top.finish();
            let listed = ranks.iter().map(|(_, Reverse(user))| *user);
            let late = summing.late(listed, partitions.newest_id())?;
            let users = ranks.iter().zip(late).map(|((_, Reverse(user)), late)| {
                let owner = Owner::new(Some(*user), false);
                let sums = records.owners.get(&owner).copied().unwrap_or_default();
                let usage = calls.owners.get(&owner).copied().unwrap_or_default();
                row(tx, *user, &sums, usage, late)
            });
            Ok(UserPage {
                users: users.collect::<rusqlite::Result<_>>()?,
                next,
                totals: totals(&records, &calls),
            })
        })
    }
}

/// The first users of an order, after those of the pages before.
struct TopUsers {
    /// The least one on top.
    first: BinaryHeap<Reverse<Rank>>,
    max_rows: usize,
    after: Option<Rank>,
    matching: Option<HashSet<i64, RandomState>>,
}

impl TopUsers {
    fn new(
        max_rows: usize,
        after: Option<Rank>,
        matching: Option<HashSet<i64, RandomState>>,
    ) -> Self {
        Self {
            first: BinaryHeap::new(),
            max_rows,
            after,
            matching,
        }
    }

    /// Adds every user.
    fn ranked(mut self, sort: UserSort, records: &RecordSummary, calls: &UsageSummary) -> Self {
        let Some(least) = least_usage(sort) else {
            for (owner, sums) in records.owners.iter() {
                self.add(*owner, value(sort, sums));
            }
            return self;
        };
        // In the order of the map: looking each user up takes longer than all the rest.
        for (owner, usage) in calls.owners.iter() {
            self.add(*owner, usage_value(sort, usage));
        }
        if !self.is_above(least) {
            let others = records
                .owners
                .iter()
                .filter(|(owner, _)| calls.owners.get(owner).is_none());
            others.for_each(|(owner, _)| self.add(*owner, least));
        }
        self
    }

    fn add(&mut self, owner: Owner, value: i128) {
        let Some(user) = owner.user() else {
            return;
        };
        let rank = (value, Reverse(user));
        let is_listed = self.after.is_none_or(|after| rank < after)
            && self
                .matching
                .as_ref()
                .is_none_or(|users| users.contains(&user));
        if is_listed {
            self.first.push(Reverse(rank));
            // One more than a page shows whether there is a next page.
            if self.first.len() > self.max_rows.saturating_add(1) {
                self.first.pop();
            }
        }
    }

    /// Whether the page is full of users with greater values.
    fn is_above(&self, value: i128) -> bool {
        let least = self.first.peek().map(|Reverse((least, _))| *least);
        self.first.len() > self.max_rows && least.is_some_and(|least| least > value)
    }

    /// The users, and the key of the next page.
    fn finish(self) -> (Vec<Rank>, Option<String>) {
        let ranks = self.first.into_sorted_vec().into_iter();
        let mut ranks: Vec<Rank> = ranks.map(|Reverse(rank)| rank).collect();
        let has_next = ranks.len() > self.max_rows;
        ranks.truncate(self.max_rows);
        let next = ranks.last().filter(|_| has_next).map(key);
        (ranks, next)
    }
}

/// The value of a user without a model call, if the order is by the usage.
fn least_usage(sort: UserSort) -> Option<i128> {
    match sort {
        UserSort::Cost => Some(i128::MIN),
        UserSort::Tokens => Some(0),
        _ => None,
    }
}

/// The value of an order by the usage.
fn usage_value(sort: UserSort, usage: &UsageSum) -> i128 {
    match sort {
        UserSort::Cost => {
            let cost = usage.cost_usd();
            cost.map_or(i128::MIN, |cost| cost.as_picos())
        }
        _ => {
            let usage = usage.rounded();
            i128::from(usage.input_tokens) + i128::from(usage.output_tokens)
        }
    }
}

/// The value of an order by the records.
fn value(sort: UserSort, sums: &OwnerSummary) -> i128 {
    match sort {
        UserSort::Records => counts(&sums.records).records().into(),
        UserSort::Errors => counts(&sums.records).errors.into(),
        UserSort::Sessions => sums.sessions.into(),
        _ => sums.records.last.into(),
    }
}

fn key((value, Reverse(user)): &Rank) -> String {
    format!("{value}.{user}")
}

fn parse_key(key: &str) -> Option<Rank> {
    let (value, user) = key.split_once('.')?;
    Some((value.parse().ok()?, Reverse(user.parse().ok()?)))
}

/// The row ids of the users whose id or name begins with a text.
fn users_with_prefix(
    tx: &Transaction<'_>,
    prefix: &str,
) -> rusqlite::Result<HashSet<i64, RandomState>> {
    const USERS: &str = "SELECT id FROM users WHERE uid LIKE ?1 ESCAPE '!'
        OR email LIKE ?1 ESCAPE '!' OR username LIKE ?1 ESCAPE '!' OR full_name LIKE ?1 ESCAPE '!'";
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for character in prefix.chars() {
        if matches!(character, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    let mut statement = tx.prepare_cached(USERS)?;
    let users = statement.query_map([pattern], |row| row.get(0))?;
    users.collect()
}

/// The row of a user.
pub(super) fn row(
    tx: &Transaction<'_>,
    user: i64,
    sums: &OwnerSummary,
    usage: UsageSum,
    late: u64,
) -> rusqlite::Result<UserRow> {
    let records = &sums.records;
    let sums = UserSums {
        first: Timestamp::from_nanos(records.first.min(records.last)),
        last: Timestamp::from_nanos(records.last),
        sessions: sums.sessions,
        counts: counts(records),
        late,
        usage: usage.rounded(),
    };
    user_with_sums(tx, user, sums)
}
