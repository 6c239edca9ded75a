//! The dearest groups of calls, in their order.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{Row, params};

use super::spill::Spill;
use super::usage::Usage;
use crate::money::Usd;

/// Up to so many groups are kept in memory, some 200 bytes each.
const FEW: usize = 10_000;

const COLUMNS: &str = "key, calls, input, output, unpriced, cost";

/// Groups by their cost, then by their tokens, then as they came: the first ones in memory, or all
/// of them in a temporary file.
pub(super) struct Ranking {
    kept: Kept,
    /// All groups, also those that were not kept.
    groups: u64,
}

enum Kept {
    First {
        groups: BTreeMap<Rank, (Value, Usage)>,
        most: usize,
    },
    All(Spill),
}

/// The greatest is the first.
type Rank = (Option<Usd>, u64, Reverse<u64>);

impl Ranking {
    /// Of so many groups at most.
    pub(super) fn of(most: usize) -> rusqlite::Result<Self> {
        let kept = match most {
            ..=FEW => Kept::First {
                groups: BTreeMap::new(),
                most,
            },
            _ => Kept::All(Spill::new(COLUMNS)?),
        };
        Ok(Self { kept, groups: 0 })
    }

    /// Adds a group.
    pub(super) fn add(&mut self, key: Value, usage: Usage) -> rusqlite::Result<()> {
        let order = self.groups;
        self.groups += 1;
        match &mut self.kept {
            Kept::First { groups, most } => {
                let tokens = usage.input_tokens + usage.output_tokens;
                groups.insert((usage.cost_usd, tokens, Reverse(order)), (key, usage));
                if groups.len() > *most {
                    groups.pop_first();
                }
                Ok(())
            }
            Kept::All(spill) => {
                let row = params![
                    key,
                    usage.calls.cast_signed(),
                    usage.input_tokens.cast_signed(),
                    usage.output_tokens.cast_signed(),
                    usage.unpriced_calls.cast_signed(),
                    usage.cost_usd.map(sortable)
                ];
                spill.add("?, ?, ?, ?, ?, ?", row)
            }
        }
    }

    /// Sorts the groups, for [`page`](Self::page).
    pub(super) fn sort(&self) -> rusqlite::Result<()> {
        match &self.kept {
            Kept::First { .. } => Ok(()),
            Kept::All(spill) => spill.sort("cost DESC, input + output DESC, rowid"),
        }
    }

    /// The groups after the first `from`, at most `most`.
    pub(super) fn page(&self, from: u64, most: usize) -> rusqlite::Result<Vec<(Value, Usage)>> {
        match &self.kept {
            Kept::First { groups, .. } => {
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                let page = groups.values().rev().skip(from).take(most);
                Ok(page.cloned().collect())
            }
            Kept::All(spill) => spill.page(from, most, group),
        }
    }

    /// How many groups there are.
    pub(super) fn groups(&self) -> u64 {
        self.groups
    }
}

fn group(row: &Row<'_>) -> rusqlite::Result<(Value, Usage)> {
    let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    let usage = Usage {
        calls: count(1)?,
        input_tokens: count(2)?,
        output_tokens: count(3)?,
        unpriced_calls: count(4)?,
        cost_usd: row.get::<_, Option<[u8; 16]>>(5)?.map(amount),
    };
    Ok((row.get(0)?, usage))
}

/// The bytes of an amount, in the order of the amounts.
fn sortable(amount: Usd) -> [u8; 16] {
    (amount.pico() ^ i128::MIN).to_be_bytes()
}

fn amount(bytes: [u8; 16]) -> Usd {
    Usd::from_pico(i128::from_be_bytes(bytes) ^ i128::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_sort_as_their_bytes_and_come_back() {
        let amounts = [i128::MIN, -1, 0, 1, 1 << 70, i128::MAX].map(Usd::from_pico);
        assert!(amounts.map(sortable).is_sorted());
        assert_eq!(amounts.map(sortable).map(amount), amounts);
    }

    #[test]
    fn first_groups_in_memory_are_those_on_disk() {
        let usage = |number: u64| Usage {
            calls: number,
            input_tokens: number * 31 % 17,
            output_tokens: number * 7 % 5,
            cost_usd: (!number.is_multiple_of(3))
                .then(|| Usd::from_pico(i128::from(number * 13 % 11))),
            unpriced_calls: number % 2,
        };
        let ranked = |most| {
            let mut ranking = Ranking::of(most).unwrap();
            for number in 0..500_u64 {
                let key = Value::Integer(number.cast_signed());
                ranking.add(key, usage(number)).unwrap();
            }
            ranking.sort().unwrap();
            assert_eq!(ranking.groups(), 500);
            let mut page = ranking.page(0, 40).unwrap();
            page.extend(ranking.page(40, 60).unwrap());
            page
        };
        assert_eq!(ranked(100).len(), 100);
        assert_eq!(ranked(100), ranked(usize::MAX));
    }
}
