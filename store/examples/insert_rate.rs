//! Measures how many searchable spans per second the store writes to disk.
//!
//! ```text
//! cargo run --release -p whose-store --example insert_rate -- 2000000 insert_rate.db
//! cargo run --release -p whose-store --example insert_rate -- 2000000 insert_rate.db prebuilt
//! cargo run --release -p whose-store --example insert_rate -- 2000000 insert_rate.db live 1000000
//! ```
//!
//! Each span has one of 10,000 users (or of the given number), one of five sessions of the user,
//! two tags, a message, a text and a number. Names and messages repeat; one span in ten has a
//! unique text.
//!
//! The measured time runs from the first span until `flush` has confirmed the last one: making the
//! spans, the queue, the inserts with their indexes, and the sync of the disk. With `prebuilt`, the
//! spans are made before, so that only the store is measured.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::info_span;
use tracing_subscriber::prelude::*;
use whose::{Record, RecordSink};
use whose_store::{Store, WhenFull};

const ROUTES: [&str; 8] = [
    "/chat", "/search", "/orders", "/cart", "/login", "/profile", "/help", "/pay",
];
const WORDS: [&str; 32] = [
    "invoice", "refund", "paris", "blue", "bicycle", "order", "late", "parcel", "coupon", "card",
    "declined", "address", "winter", "jacket", "size", "exchange", "gift", "wrap", "monday",
    "courier", "damaged", "box", "battery", "charger", "warranty", "account", "password", "reset",
    "email", "delivery", "window", "morning",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let number = arguments.next().unwrap_or_else(|| "2000000".into());
    let spans: u32 = number
        .parse()
        .map_err(|_| format!("{number:?} is not a number of spans"))?;
    let path = PathBuf::from(arguments.next().unwrap_or_else(|| "insert_rate.db".into()));
    let prebuilt = arguments.next().as_deref() == Some("prebuilt");
    let users: u32 = arguments.next().map_or(Ok(10_000), |users| users.parse())?;
    if path.exists() {
        return Err(format!("{} already exists: use another path", path.display()).into());
    }
    let store = Store::builder(&path).when_full(WhenFull::Block).open()?;
    let buffer = BufferSink::default();
    if prebuilt {
        emit_spans(spans, users, buffer.clone());
    }

    let start = Instant::now();
    if prebuilt {
        let records = std::mem::take(&mut *buffer.0.lock().unwrap_or_else(PoisonError::into_inner));
        records.iter().for_each(|record| store.record(record));
    } else {
        emit_spans(spans, users, store.clone());
    }
    let made = start.elapsed();
    let is_complete = store.flush(Duration::from_secs(600)).is_complete();
    let elapsed = start.elapsed();

    let stats = store.stats();
    if !is_complete || stats.written != u64::from(spans) {
        return Err(format!("some records are not on disk: {stats:?}").into());
    }
    print_cpu_time(spans);
    print_peak_memory();
    drop(store);
    let bytes = std::fs::metadata(&path)?.len() as f64;
    let spans = f64::from(spans);
    println!("{spans} spans on disk in {elapsed:.2?} ({made:.2?} to queue them)");
    println!(
        "{:.0} spans/s, {:.0} MB, {:.0} bytes a span",
        spans / elapsed.as_secs_f64(),
        bytes / 1e6,
        bytes / spans
    );
    Ok(())
}

/// Buffers the records in memory.
#[derive(Clone, Default)]
struct BufferSink(Arc<Mutex<Vec<Arc<Record>>>>);

impl RecordSink for BufferSink {
    fn record(&self, record: &Arc<Record>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::clone(record));
    }
}

fn emit_spans(spans: u32, users: u32, sink: impl RecordSink) {
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(sink));
    tracing::subscriber::with_default(subscriber, || {
        for number in 0..spans {
            // Steps through the users in no order, with a long period.
            let user = number.wrapping_mul(2_654_435_761) % users.max(1);
            whose::user(user)
                .session(format!("session-{}", user * 5 + number % 5))
                .tag("plan", "pro")
                .tag("region", "eu")
                .in_scope(|| emit_span(number));
        }
    });
}

fn emit_span(number: u32) {
    let route = ROUTES[number as usize % ROUTES.len()];
    let span = if number.is_multiple_of(10) {
        let word = |shift: u32| WORDS[(number.wrapping_mul(2_246_822_519) >> shift) as usize % 32];
        let (a, b, c, d, e) = (word(3), word(8), word(13), word(18), word(23));
        let text = format!("asks about the {a} {b} of order {number}: {c} {d} or {e}");
        info_span!("answer", number, route, "{text}")
    } else if number.is_multiple_of(2) {
        info_span!("request", number, route, "request served")
    } else {
        info_span!("lookup", number, route, "found in the cache")
    };
    span.in_scope(|| ());
}

/// Prints the peak memory of the process, if the system reports it.
fn print_peak_memory() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(line) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!("{}", line.split_whitespace().collect::<Vec<_>>().join(" "));
    }
}

/// Prints the CPU time of each thread, if the system reports it.
fn print_cpu_time(spans: u32) {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return;
    };
    for thread in threads.flatten() {
        let read = |name: &Path| std::fs::read_to_string(thread.path().join(name));
        let (Ok(name), Ok(times)) = (read(Path::new("comm")), read(Path::new("schedstat"))) else {
            continue;
        };
        let nanos = times
            .split(' ')
            .next()
            .and_then(|nanos| nanos.parse::<f64>().ok());
        if let Some(nanos) = nanos {
            println!(
                "thread {}: {:.0} ns a span",
                name.trim(),
                nanos / f64::from(spans)
            );
        }
    }
}
