//! How many records a second go into SQLite on disk.
//!
//! ```text
//! cargo run --release -p whose-store --example insert_rate -- 1000000 insert_rate.db
//! ```
//!
//! The clock runs from the first record until `flush` has confirmed the last one: making the
//! records (an event with two fields, one of 10,000 users and one of 50,000 sessions, two tags),
//! the queue, the insert with its indexes, and the sync of the disk.

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tracing_subscriber::prelude::*;
use whose::RecordSink;
use whose_store::{Store, WhenFull};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let records: u32 = arguments.next().as_deref().unwrap_or("1000000").parse()?;
    let path = PathBuf::from(arguments.next().unwrap_or_else(|| "insert_rate.db".into()));
    if path.exists() {
        return Err(format!("{} is there already: give another path", path.display()).into());
    }
    let store = Store::builder(&path).when_full(WhenFull::Block).open()?;
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));

    let start = Instant::now();
    tracing::subscriber::with_default(subscriber, || {
        for number in 0..records {
            // A step through the users that repeats late and follows no order.
            let user = number.wrapping_mul(2_654_435_761) % 10_000;
            whose::user(user)
                .session(format!("session-{}", user * 5 + number % 5))
                .tag("plan", "pro")
                .tag("region", "eu")
                .in_scope(|| tracing::info!(number, route = "/chat", "request served"));
        }
    });
    let made = start.elapsed();
    let safe = store.flush(Duration::from_secs(600));
    let elapsed = start.elapsed();

    let stats = store.stats();
    if !safe || stats.written != u64::from(records) {
        return Err(format!("not everything is on disk: {stats:?}").into());
    }
    drop(store);
    let megabytes = std::fs::metadata(&path)?.len() as f64 / 1e6;
    let rate = f64::from(records) / elapsed.as_secs_f64();
    println!("{records} records on disk in {elapsed:.2?} ({made:.2?} to hand them over)");
    println!(
        "{rate:.0} records/s, {megabytes:.0} MB, {:.0} bytes a record",
        megabytes * 1e6 / f64::from(records)
    );
    Ok(())
}
