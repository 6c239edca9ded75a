//! Making the file.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use whose::RecordSink;
use whose_benches::failure::Failure;
use whose_store::{Eraser, Retention, Store, WhenFull};

use super::Options;
use super::traffic::Traffic;

/// The days over which the records are spread.
const DAYS: i64 = 30;
/// The length of a day in nanoseconds.
const DAY: i64 = 86_400_000_000_000;

pub(crate) fn make(options: &Options) -> Result<(), Failure> {
    let start = Instant::now();
    let store = Store::builder(&options.db)
        .when_full(WhenFull::Block)
        .open()?;
    let mut traffic = Traffic::new(&store, options.users, 1);
    let mut requests = 0_u64;
    while store.stats().written < options.records {
        (0..1_000).for_each(|_| traffic.request());
        requests += 1_000;
    }
    let _ = store.shutdown(Duration::from_secs(600));
    let stats = store.stats();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "made {} records of {requests} requests in {seconds:.1} s: {:.0} records/s",
        stats.written,
        stats.written as f64 / seconds
    );
    drop((traffic, store));
    let start = Instant::now();
    spread_over_days(options)?;
    println!(
        "spread over {DAYS} days in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Moves the records back in time. A record has the time at which it is made, so this needs SQL.
fn spread_over_days(options: &Options) -> Result<(), Failure> {
    let file = Connection::open(&options.db)?;
    file.pragma_update(None, "synchronous", "off")?;
    file.pragma_update(None, "cache_size", -200_000)?;
    let newest: i64 = file.query_row("SELECT max(id) FROM records", (), |row| row.get(0))?;
    let parts = newest >> 16;
    for part in 0..=parts {
        let (first, last) = (part << 16, part << 16 | 0xffff);
        // Each partition fills its share of the days, in the order of the records.
        let share = DAYS * DAY / (parts + 1);
        file.execute_batch(&format!(
            "BEGIN;
             UPDATE records SET start = start - {} + (id - {first}) * ({share} / 65536)
               WHERE id BETWEEN {first} AND {last};
             INSERT OR REPLACE INTO part_times SELECT {part}, min(start), max(start)
               FROM records WHERE id BETWEEN {first} AND {last};
             COMMIT",
            DAYS * DAY - part * share
        ))?;
    }
    drop(file);
    // The changed records have no sums. An erasure that finds nothing sums them again.
    let ages = Retention::new().days(36_500);
    Eraser::open(&options.db)?.keep(&ages)?;
    Ok(())
}
