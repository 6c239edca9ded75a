use rusqlite::Connection;

use super::*;

/// All records of a table.
struct AllRecords;

impl RecordSource for AllRecords {
    fn visit(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        let mut statement =
            tx.prepare_cached("SELECT start, id FROM records WHERE id BETWEEN ?1 AND ?2")?;
        let mut rows = statement.query([partition.first_id, partition.last_id])?;
        while let Some(row) = rows.next()? {
            emit((row.get(0)?, row.get(1)?));
        }
        Ok(())
    }
}

/// 2,000 records in 20 partitions with overlapping times, many at the same time.
const RECORDS: &str = "
    CREATE TABLE part_times (part INTEGER PRIMARY KEY, first_start INTEGER, last_start INTEGER);
    CREATE TABLE records (id INTEGER PRIMARY KEY, start INTEGER);
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1999)
    INSERT INTO records SELECT (i / 100 << 16) + i % 100, i * 7919 % 601 + i / 10 FROM n;
    INSERT INTO part_times SELECT id >> 16, min(start), max(start) FROM records GROUP BY 1;";

fn check(direction: Direction, range: TimeRange, after: Option<SortKey>, is_hinted: bool) {
    let mut file = Connection::open_in_memory().unwrap();
    file.execute_batch(RECORDS).unwrap();
    if !is_hinted {
        file.execute_batch("DELETE FROM part_times").unwrap();
    }
    let tx = file.transaction().unwrap();
    let mut expected: Vec<SortKey> = tx
        .prepare("SELECT start, id FROM records")
        .unwrap()
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .filter(|key: &SortKey| range.contains(key.0))
        .filter(|key| after.is_none_or(|after| direction.rank(*key) > direction.rank(after)))
        .collect();
    expected.sort_by_key(|key| direction.rank(*key));
    let mut order = TimeMerge::new(
        direction,
        range,
        Partitions::load(&tx, range).unwrap(),
        after,
    );
    order.budget = KeyBudget {
        total: 64,
        min_per_partition: 4,
        max_per_partition: 1 << 16,
    };
    let most_open = 20 * (2 * 4) + 64;
    for (index, key) in expected.iter().enumerate() {
        if index.is_multiple_of(199) {
            let rest = order.count_rest(&tx, &AllRecords).unwrap();
            assert_eq!(rest, Remaining::exactly((expected.len() - index) as u64));
        }
        assert_eq!(order.next(&tx, &AllRecords).unwrap(), Some(key.1));
        let total: usize = order.open.iter().map(|open| open.ranks.len()).sum();
        assert!(total <= most_open, "{total} keys in memory");
    }
    assert_eq!(order.next(&tx, &AllRecords).unwrap(), None);
}

#[test]
fn overlapping_partitions_merge_in_time_order() {
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
