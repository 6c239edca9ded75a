//! Groups of calls, ordered by cost.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{Row, params};

use super::external_sort::ExternalSort;
use super::usage::Usage;
use crate::money::Usd;

/// The most groups in memory, about 200 bytes each.
const MAX_IN_MEMORY: usize = 10_000;

const COLUMNS: &str = "key, calls, input, output, cache_read, cache_write, reasoning,
    unpriced, cost, estimated";

/// The first groups by cost, then by tokens, then by key.
pub(super) struct Ranking {
    first: BTreeMap<Rank, (Value, Usage)>,
    max_groups: usize,
    /// The number of all groups, including those past the limit.
    groups: u64,
}

/// The greatest rank comes first.
type Rank = (Option<Usd>, u64, Reverse<u64>);

impl Ranking {
    /// An empty ranking of at most `max_groups` groups.
    pub(super) fn new(max_groups: usize) -> Self {
        Self {
            first: BTreeMap::new(),
            max_groups: max_groups.min(MAX_IN_MEMORY),
            groups: 0,
        }
    }

    /// Adds a group.
    pub(super) fn add(&mut self, key: Value, usage: Usage) {
        let order = self.groups;
        self.groups += 1;
        let tokens = usage.input_tokens + usage.output_tokens;
        let rank = (usage.cost_usd, tokens, Reverse(order));
        let is_full = self.first.len() >= self.max_groups;
        if is_full && self.first.keys().next().is_some_and(|least| rank < *least) {
            return;
        }
        self.first.insert(rank, (key, usage));
        if self.first.len() > self.max_groups {
            self.first.pop_first();
        }
    }

    /// The groups after the first `from`, at most `max_groups`; none past the groups in memory.
    pub(super) fn page(&self, from: u64, max_groups: usize) -> Vec<(Value, Usage)> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let page = self.first.values().rev().skip(from).take(max_groups);
        page.cloned().collect()
    }

    /// The number of groups in memory.
    pub(super) fn len(&self) -> u64 {
        self.first.len() as u64
    }

    /// The number of all groups.
    pub(super) fn groups(&self) -> u64 {
        self.groups
    }

    /// An empty ranking, in a temporary file, of the groups that are not in memory.
    pub(super) fn overflow(&self) -> rusqlite::Result<OverflowRanking> {
        OverflowRanking::without(self.first.values().map(|(key, _)| key))
    }
}

/// The groups past the first ones, sorted in a temporary file.
///
/// Writing and sorting all groups takes longer than reading their calls, so the first row does not
/// wait for it.
pub(super) struct OverflowRanking(ExternalSort);

impl OverflowRanking {
    fn without<'k>(keys: impl Iterator<Item = &'k Value>) -> rusqlite::Result<Self> {
        let sort = ExternalSort::new(COLUMNS)?;
        sort.exclude("key", keys)?;
        Ok(Self(sort))
    }

    /// Adds a group. Ignores the groups in memory.
    pub(super) fn add(&self, key: &Value, usage: Usage) -> rusqlite::Result<()> {
        let row = params![
            key,
            usage.calls.cast_signed(),
            usage.input_tokens.cast_signed(),
            usage.output_tokens.cast_signed(),
            usage.cache_read_tokens.cast_signed(),
            usage.cache_write_tokens.cast_signed(),
            usage.reasoning_tokens.cast_signed(),
            usage.unpriced_calls.cast_signed(),
            usage.cost_usd.map(to_sort_key),
            usage.is_estimated
        ];
        self.0.insert("?, ?, ?, ?, ?, ?, ?, ?, ?, ?", row)
    }

    /// Sorts the groups, for [`page`](Self::page).
    pub(super) fn sort(&self) -> rusqlite::Result<()> {
        self.0.sort("cost DESC, input + output DESC, rowid")
    }

    /// The groups after the first `from`, at most `max_groups`.
    pub(super) fn page(
        &self,
        from: u64,
        max_groups: usize,
    ) -> rusqlite::Result<Vec<(Value, Usage)>> {
        self.0.page(from, max_groups, group)
    }
}

fn group(row: &Row<'_>) -> rusqlite::Result<(Value, Usage)> {
    let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    let usage = Usage {
        calls: count(1)?,
        input_tokens: count(2)?,
        output_tokens: count(3)?,
        cache_read_tokens: count(4)?,
        cache_write_tokens: count(5)?,
        reasoning_tokens: count(6)?,
        unpriced_calls: count(7)?,
        cost_usd: row.get::<_, Option<[u8; 16]>>(8)?.map(from_sort_key),
        is_estimated: row.get(9)?,
    };
    Ok((row.get(0)?, usage))
}

/// The bytes of an amount, which sort as the amounts do.
fn to_sort_key(amount: Usd) -> [u8; 16] {
    (amount.as_picos() ^ i128::MIN).to_be_bytes()
}

fn from_sort_key(bytes: [u8; 16]) -> Usd {
    Usd::from_picos(i128::from_be_bytes(bytes) ^ i128::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_sort_keys_keep_order_and_round_trip() {
        let amounts = [i128::MIN, -1, 0, 1, 1 << 70, i128::MAX].map(Usd::from_picos);
        assert!(amounts.map(to_sort_key).is_sorted());
        assert_eq!(amounts.map(to_sort_key).map(from_sort_key), amounts);
    }

    #[test]
    fn overflow_on_disk_continues_ranking_in_memory() {
        let usage = |number: u64| Usage {
            calls: number,
            input_tokens: number * 31 % 17,
            output_tokens: number * 7 % 5,
            cache_read_tokens: number % 3,
            cache_write_tokens: number % 4,
            reasoning_tokens: number % 5,
            cost_usd: (!number.is_multiple_of(3))
                .then(|| Usd::from_picos(i128::from(number * 13 % 11))),
            unpriced_calls: number % 2,
            is_estimated: number.is_multiple_of(5),
        };
        let groups = || {
            let key = |number: u64| match number {
                0 => Value::Null,
                number if number.is_multiple_of(2) => Value::Integer(number.cast_signed()),
                number => Value::Text(number.to_string()),
            };
            (0..500).map(move |number| (key(number), usage(number)))
        };
        let ranked = |max_groups| {
            let mut ranking = Ranking::new(max_groups);
            groups().for_each(|(key, usage)| ranking.add(key, usage));
            assert_eq!(ranking.groups(), 500);
            let rest = ranking.overflow().unwrap();
            groups().for_each(|(key, usage)| rest.add(&key, usage).unwrap());
            rest.sort().unwrap();
            let mut all = ranking.page(0, 500);
            assert_eq!(all.len(), max_groups);
            let page = rest.page(0, 40).unwrap();
            let next = rest.page(page.len() as u64, 500).unwrap();
            all.extend(page.into_iter().chain(next));
            all
        };
        assert_eq!(ranked(500).len(), 500);
        assert_eq!(ranked(500), ranked(100));
        assert_eq!(ranked(500), ranked(499));
    }
}
