//! Records in the order of their time, without all of them in memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::Transaction;

use super::parts::{Part, Parts};
use super::query::TimeRange;
use super::stream::{COUNT_BOUND, Remaining};

/// The start and the number of a record: what records are ordered by.
pub(super) type Key = (i64, i64);

/// Which records of a part an answer has.
pub(super) trait KeySource {
    /// Shows the key of each record of the part that the answer has, each once, in any order.
    fn visit(
        &self,
        tx: &Transaction<'_>,
        part: &Part,
        see: &mut dyn FnMut(Key),
    ) -> rusqlite::Result<()>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    OldestFirst,
    NewestFirst,
}

impl Direction {
    /// The key that is the lesser, the earlier the record comes; its own inverse.
    fn rank(self, (start, id): Key) -> Key {
        match self {
            Self::OldestFirst => (start, id),
            Self::NewestFirst => (!start, !id),
        }
    }

    /// The least rank that a record of the part can have.
    fn least_rank(self, part: &Part) -> i64 {
        match self {
            Self::OldestFirst => part.least,
            Self::NewestFirst => !part.greatest,
        }
    }
}

/// How many keys are in memory.
#[derive(Clone, Copy)]
struct Room {
    /// Of all parts, about; a key takes 16 bytes.
    keys: usize,
    /// Of one part at least: so many are worth another look at it.
    least: usize,
    /// Of one part at most: as many as there can be.
    most: usize,
}

const ROOM: Room = Room {
    keys: 1 << 19,
    least: 1 << 10,
    most: 1 << 16,
};
/// So many parts are looked at to count what was left out.
const COUNTED_PARTS: usize = 64;

/// Merges the parts of a file. Records are written nearly in the order of their time, so few parts
/// are open at once: one is opened when the next record may be in it.
pub(super) struct TimeOrder {
    direction: Direction,
    range: TimeRange,
    room: Room,
    /// Only what comes after this rank.
    after: Option<Key>,
    /// Those not opened yet, the next one last.
    waiting: Vec<Part>,
    open: Vec<OpenPart>,
    /// The next rank of each open part.
    heap: BinaryHeap<Reverse<(Key, usize)>>,
}

struct OpenPart {
    part: Part,
    ranks: std::vec::IntoIter<Key>,
    /// Whether all ranks of the part were read; else those up to this one were.
    read_up_to: Option<Key>,
}

impl TimeOrder {
    /// The records of the parts, or those that come after one of them.
    pub(super) fn new(
        direction: Direction,
        range: TimeRange,
        parts: Parts,
        after: Option<Key>,
    ) -> Self {
        let mut waiting = parts.0;
        waiting.sort_by_key(|part| Reverse((direction.least_rank(part), part.first_id)));
        Self {
            direction,
            range,
            room: ROOM,
            after: after.map(|key| direction.rank(key)),
            waiting,
            open: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    /// The number of the next record.
    pub(super) fn next(
        &mut self,
        tx: &Transaction<'_>,
        source: &dyn KeySource,
    ) -> rusqlite::Result<Option<i64>> {
        while let Some(part) = self.waiting.last().copied() {
            let least = self.direction.least_rank(&part);
            if matches!(self.heap.peek(), Some(Reverse((next, _))) if next.0 < least) {
                break;
            }
            self.waiting.pop();
            self.open.push(OpenPart {
                part,
                ranks: Vec::new().into_iter(),
                read_up_to: self.after,
            });
            self.read(tx, source, self.open.len() - 1)?;
        }
        let Some(Reverse((rank, index))) = self.heap.pop() else {
            return Ok(None);
        };
        match self.open[index].ranks.next() {
            Some(next) => self.heap.push(Reverse((next, index))),
            None if self.open[index].read_up_to.is_some() => self.read(tx, source, index)?,
            // Gives its memory back.
            None => self.open[index].ranks = Vec::new().into_iter(),
        }
        Ok(Some(self.direction.rank(rank).1))
    }

    /// Reads the next ranks of an open part.
    fn read(
        &mut self,
        tx: &Transaction<'_>,
        source: &dyn KeySource,
        index: usize,
    ) -> rusqlite::Result<()> {
        let Room { keys, least, most } = self.room;
        let room = (keys / (self.heap.len() + 1)).clamp(least, most);
        let after = self.open[index].read_up_to;
        let mut ranks = Vec::new();
        let mut has_more = false;
        self.visit(tx, source, &self.open[index].part, after, &mut |rank| {
            ranks.push(rank);
            if ranks.len() == 2 * room {
                ranks.select_nth_unstable(room);
                ranks.truncate(room);
                has_more = true;
            }
        })?;
        ranks.sort_unstable();
        if ranks.len() > room {
            ranks.truncate(room);
            has_more = true;
        }
        let open = &mut self.open[index];
        open.read_up_to = ranks.last().copied().filter(|_| has_more);
        open.ranks = ranks.into_iter();
        if let Some(next) = open.ranks.next() {
            self.heap.push(Reverse((next, index)));
        }
        Ok(())
    }

    /// Shows the ranks of a part that are in the range and come after one.
    fn visit(
        &self,
        tx: &Transaction<'_>,
        source: &dyn KeySource,
        part: &Part,
        after: Option<Key>,
        see: &mut dyn FnMut(Key),
    ) -> rusqlite::Result<()> {
        source.visit(tx, part, &mut |key| {
            let rank = self.direction.rank(key);
            if self.range.contains(key.0) && after.is_none_or(|after| rank > after) {
                see(rank);
            }
        })
    }

    /// How many records follow.
    pub(super) fn count_rest(
        &self,
        tx: &Transaction<'_>,
        source: &dyn KeySource,
    ) -> rusqlite::Result<Remaining> {
        let in_memory = self.open.iter().map(|open| open.ranks.len() as u64);
        let mut count = self.heap.len() as u64 + in_memory.sum::<u64>();
        let half_read = self
            .open
            .iter()
            .filter(|open| open.read_up_to.is_some())
            .map(|open| (&open.part, open.read_up_to));
        let waiting = self.waiting.iter().rev().map(|part| (part, self.after));
        for (index, (part, after)) in half_read.chain(waiting).enumerate() {
            if index == COUNTED_PARTS || count > COUNT_BOUND {
                return Ok(Remaining::at_least(count));
            }
            self.visit(tx, source, part, after, &mut |_| count += 1)?;
        }
        Ok(Remaining::exactly(count))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// All records of a table.
    struct All;

    impl KeySource for All {
        fn visit(
            &self,
            tx: &Transaction<'_>,
            part: &Part,
            see: &mut dyn FnMut(Key),
        ) -> rusqlite::Result<()> {
            let mut statement =
                tx.prepare_cached("SELECT start, id FROM records WHERE id BETWEEN ?1 AND ?2")?;
            let mut rows = statement.query([part.first_id, part.last_id])?;
            while let Some(row) = rows.next()? {
                see((row.get(0)?, row.get(1)?));
            }
            Ok(())
        }
    }

    /// 2,000 records in 20 parts whose times overlap, many at the same time.
    const RECORDS: &str = "
        CREATE TABLE part_times (part INTEGER PRIMARY KEY, first_start INTEGER, last_start INTEGER);
        CREATE TABLE records (id INTEGER PRIMARY KEY, start INTEGER);
        WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1999)
        INSERT INTO records SELECT (i / 100 << 16) + i % 100, i * 7919 % 601 + i / 10 FROM n;
        INSERT INTO part_times SELECT id >> 16, min(start), max(start) FROM records GROUP BY 1;";

    fn check(direction: Direction, range: TimeRange, after: Option<Key>, is_hinted: bool) {
        let mut file = Connection::open_in_memory().unwrap();
        file.execute_batch(RECORDS).unwrap();
        if !is_hinted {
            file.execute_batch("DELETE FROM part_times").unwrap();
        }
        let tx = file.transaction().unwrap();
        let mut expected: Vec<Key> = tx
            .prepare("SELECT start, id FROM records")
            .unwrap()
            .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .filter(|key: &Key| range.contains(key.0))
            .filter(|key| after.is_none_or(|after| direction.rank(*key) > direction.rank(after)))
            .collect();
        expected.sort_by_key(|key| direction.rank(*key));
        let mut order = TimeOrder::new(direction, range, Parts::of(&tx, range).unwrap(), after);
        order.room = Room {
            keys: 64,
            least: 4,
            most: 1 << 16,
        };
        let most_open = 20 * (2 * 4) + 64;
        for (index, key) in expected.iter().enumerate() {
            if index.is_multiple_of(199) {
                let rest = order.count_rest(&tx, &All).unwrap();
                assert_eq!(rest, Remaining::exactly((expected.len() - index) as u64));
            }
            assert_eq!(order.next(&tx, &All).unwrap(), Some(key.1));
            let keys: usize = order.open.iter().map(|open| open.ranks.len()).sum();
            assert!(keys <= most_open, "{keys} keys in memory");
        }
        assert_eq!(order.next(&tx, &All).unwrap(), None);
    }

    #[test]
    fn records_of_overlapping_parts_come_in_time_order_from_few_keys_in_memory() {
        let all = TimeRange {
            since: i64::MIN,
            until: None,
        };
        let some = TimeRange {
            since: 100,
            until: Some(500),
        };
        for direction in [Direction::OldestFirst, Direction::NewestFirst] {
            check(direction, all, None, true);
            check(direction, some, None, true);
            check(direction, some, Some((300, 5 << 16)), true);
            check(direction, all, None, false);
        }
    }
}
