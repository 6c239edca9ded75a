//! A thousand concurrent users, with yields, tasks, threads, channels, cancellations and panics:
//! every record has its own user and session, and no thread keeps a current user.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tokio::runtime::Builder;
use tracing::Dispatch;
use tracing::dispatcher::set_global_default;
use tracing_subscriber::layer::SubscriberExt as _;
use whose_tests::concurrency::{ExpectedRecords, Workload};
use whose_tests::current::is_nothing_current;

/// The sink of the process, which both runtimes share.
static EXPECTED_RECORDS: LazyLock<Arc<ExpectedRecords>> = LazyLock::new(|| {
    let expected_records = Arc::<ExpectedRecords>::default();
    let layer = whose::layer().with_sink(expected_records.clone());
    let subscriber = tracing_subscriber::registry().with(layer);
    set_global_default(Dispatch::new(subscriber)).expect("the first subscriber");
    expected_records
});

/// The seed of this run. The environment variable repeats an earlier run.
fn seed() -> u64 {
    const VARIABLE: &str = "MANY_USERS_SEED";
    match std::env::var(VARIABLE) {
        Ok(seed) => seed.parse().expect("MANY_USERS_SEED: a number"),
        Err(_) => fastrand::u64(..),
    }
}

/// The number of times that a runtime thread was idle, with nothing current (`clean`) or with a
/// leftover (`dirty`).
#[derive(Default)]
struct Idle {
    clean: AtomicUsize,
    dirty: AtomicUsize,
}

impl Idle {
    fn check(&self) {
        let count = if is_nothing_current() {
            &self.clean
        } else {
            &self.dirty
        };
        count.fetch_add(1, Relaxed);
    }
}

fn every_record_has_its_own_user(name: &'static str, mut builder: Builder) {
    let expected_records = &*EXPECTED_RECORDS;
    let seed = seed();
    let (parked, stopped) = (Arc::<Idle>::default(), Arc::<Idle>::default());
    let (park, stop) = (parked.clone(), stopped.clone());
    let runtime = builder
        .enable_time()
        .on_thread_park(move || park.check())
        .on_thread_stop(move || stop.check())
        .build()
        .expect("a runtime");
    let workload = Workload {
        name,
        users: 1_000,
        requests: 3,
        seed,
    };
    runtime.block_on(async {
        workload.run().await;
        // The busy threads park during the sleep.
        tokio::time::sleep(Duration::from_millis(1)).await;
    });
    assert!(
        is_nothing_current(),
        "something is current on the test thread, seed {seed}"
    );
    drop(runtime);

    for (idle, when) in [(parked, "parked"), (stopped, "stopped")] {
        let dirty = idle.dirty.load(Relaxed);
        assert_eq!(
            dirty, 0,
            "something is current on threads that {when}, seed {seed}"
        );
        assert_ne!(idle.clean.load(Relaxed), 0, "no thread was seen {when}");
    }
    let counts = expected_records.counts(name);
    let examples = counts.examples.join("\n");
    assert_eq!(counts.wrong, 0, "wrong with seed {seed}:\n{examples}");
    for workload in expected_records.workloads() {
        let stray = expected_records.counts(&workload).examples;
        assert!(
            ["one", "four"].contains(&&*workload),
            "records without a workload: {stray:?}"
        );
    }
    for origin in Workload::origins() {
        let count = counts.right.get(&origin).copied().unwrap_or(0);
        assert_ne!(
            count, 0,
            "no record of `{origin}`, seed {seed}: {:#?}",
            counts.right
        );
    }
    // Each request has at least its two steps.
    let records: usize = counts.right.values().sum();
    assert!(records > 3_000 * 2 * 2, "only {records} records");
    println!("{name}: {records} records, {:#?}", counts.right);
}

#[test]
fn every_record_has_its_user_on_current_thread_runtime() {
    every_record_has_its_own_user("one", Builder::new_current_thread());
}

#[test]
fn every_record_has_its_user_on_four_threads() {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(4);
    every_record_has_its_own_user("four", builder);
}
