//! A service under load, whose operators act for customers: each record has the user, the session, the
//! chain of actors, the flags and the agent of its request, on many threads and on one.

mod clients;
mod service;
mod truth;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use whose_tests::recorder::recorder;

use clients::send_all;
use service::Service;
use truth::{Audit, Run, Verdict};

/// Held during a run, because the runs share the recorder.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn requests() -> u32 {
    const VARIABLE: &str = "WHOSE_OPERATOR_REQUESTS";
    match std::env::var(VARIABLE) {
        Ok(requests) => requests.parse().expect("WHOSE_OPERATOR_REQUESTS: a number"),
        Err(_) => 1_200,
    }
}

/// Prints only the panics that the service does not make on purpose.
fn install_panic_hook() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let message = info.payload().downcast_ref::<String>();
            if !message.is_some_and(|message| message.starts_with(truth::MARK)) {
                print(info);
            }
        }));
        whose::panic::install();
    });
}

/// Sends the requests, and compares the records with the truth.
fn audit(name: &str, run: Run, runtime: Runtime) -> Audit {
    let _alone = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    recorder();
    install_panic_hook();
    let requests = requests();
    let audit = runtime.block_on(async {
        let service = Service::start(run).await;
        send_all(&service, requests).await;
        let is_complete = async {
            while truth::closed_requests(run) < requests as usize {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let completed = tokio::time::timeout(Duration::from_secs(120), is_complete).await;
        assert!(completed.is_ok(), "{name}: spans of requests are missing");
        Audit::of(run)
    });
    let Audit {
        spans,
        records,
        flags,
        ..
    } = audit;
    println!("{name}: {spans} requests, {records} other records, {flags} errors with flags");
    for (part, counts) in &audit.counts {
        println!("  {part}: {counts:?}");
    }
    audit
}

fn assert_all_right(audit: &Audit, run: Run) {
    let faults: BTreeMap<_, _> = audit
        .counts
        .iter()
        .filter(|(_, counts)| counts.keys().any(|verdict| *verdict != Verdict::Right))
        .collect();
    assert!(faults.is_empty(), "{faults:?}\n{:#?}", audit.faults);
    assert_eq!(audit.records, run.emitted(), "records are lost");
    assert!(audit.flags > audit.spans, "each request has errors");
}

#[test]
fn requests_of_operators_on_many_threads_are_attributed() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build();
    let audit = audit("many threads", Run::MANY, runtime.unwrap());
    assert_all_right(&audit, Run::MANY);
}

#[test]
fn requests_of_operators_on_one_thread_are_attributed() {
    let runtime = Builder::new_current_thread().enable_all().build();
    let audit = audit("one thread", Run::ONE, runtime.unwrap());
    assert_all_right(&audit, Run::ONE);
}
