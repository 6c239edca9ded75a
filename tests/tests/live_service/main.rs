//! A service under load over real connections: each record has the expected user and session, or a
//! valid reason for no user. If one line of the service is forgotten, records lose users and never
//! mix them up.

mod audit;
mod clients;
mod expectations;
mod recorder;
mod rendezvous;
mod service;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use audit::Audit;
use clients::{ALL_KINDS, Clients, POOLED, POOLED_BEFORE_LOGIN, POOLED_IN_BACKGROUND, RequestKind};
use expectations::{POOL_STEPS, REQUEST_SPAN, SERVER_SPANS, STEPS};
use recorder::recorder;
use rendezvous::Rendezvous;
use service::{Forgotten, Pools, Service};
use tokio::runtime::{Builder, Runtime};

/// Held during a run, because the runs share a recorder and the counters of the process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The number of requests in a run of the whole service.
fn requests() -> usize {
    const VARIABLE: &str = "WHOSE_SERVICE_REQUESTS";
    match std::env::var(VARIABLE) {
        Ok(requests) => requests.parse().expect("WHOSE_SERVICE_REQUESTS: a number"),
        Err(_) => 4_400,
    }
}

/// Records panics, and prints only the panics that the service does not make on purpose.
fn install_panic_hook() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let message = info.payload().downcast_ref::<String>();
            if !message.is_some_and(|message| message.contains(": panics in a ")) {
                print(info);
            }
        }));
        whose::panic::install();
    });
}

/// The configuration of a run: the service and its requests.
struct Run {
    name: &'static str,
    runtime: Runtime,
    kinds: &'static [RequestKind],
    requests: usize,
    forgotten: Option<Forgotten>,
    /// Whether the requests that open the pooled connections end before the others begin.
    opens_connections_first: bool,
}

impl Run {
    fn with_all_kinds(name: &'static str, runtime: Runtime) -> Self {
        Self {
            name,
            runtime,
            kinds: ALL_KINDS,
            requests: requests(),
            forgotten: None,
            opens_connections_first: false,
        }
    }

    /// Runs the service under load and compares the records.
    fn audit(&self) -> Audit {
        let recorder = recorder();
        install_panic_hook();
        let (known, observations) = self.runtime.block_on(async {
            let rendezvous = Arc::<Rendezvous>::default();
            let service = Service::start(self.forgotten, rendezvous.clone()).await;
            let mut clients = Clients::new(self.name, self.kinds, &service, rendezvous);
            clients.sign_in_all_users().await;
            if self.opens_connections_first {
                clients.open_connections().await;
            }
            clients.send_all(self.requests).await;
            service.close_connections();
            let has_layer = self.forgotten != Some(Forgotten::AttributionLayer);
            let is_done = || {
                let (closed, opened) = (recorder.count(&SERVER_SPANS), clients.spans());
                let recorded = if has_layer { opened } else { 0 };
                closed == opened
                    && recorder.count(&[REQUEST_SPAN]) == recorded
                    && !service.is_busy()
            };
            let done = async {
                while !is_done() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            let in_time = tokio::time::timeout(Duration::from_secs(30), done).await;
            let (closed, opened) = (recorder.count(&SERVER_SPANS), clients.spans());
            assert!(in_time.is_ok(), "{closed} of {opened} spans were closed");
            service.stop();
            (clients.finish(), recorder.take())
        });
        let audit = Audit::of(&observations, &known, self.forgotten);
        println!("{}: {audit}", self.name);
        audit
    }
}

fn multi_thread() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(4).enable_all().build();
    runtime.expect("a runtime")
}

fn current_thread() -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

#[track_caller]
fn assert_nothing_wrong(name: &str, audit: &Audit) {
    let first = |all: &[String]| all.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    let (wrong, unexplained) = (first(&audit.wrong), first(&audit.unexplained));
    assert_eq!(audit.wrong.len(), 0, "{name}:\n{wrong}");
    assert_eq!(audit.unexplained.len(), 0, "{name}:\n{unexplained}");
    assert!(audit.outside > 0, "{name}: no record outside of requests");
}

fn assert_every_record_is_attributed(run: &Run, steps: &[&str]) {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let refused = whose::stats().refused_writes;
    let audit = run.audit();
    assert_nothing_wrong(run.name, &audit);
    for step in steps {
        assert!(audit.steps.contains(*step), "no record of `{step}`");
    }
    assert_eq!(whose::stats().refused_writes, refused);
}

#[test]
fn service_on_many_threads_attributes_every_record() {
    let hosted = Pools::of_the_process().hosted();
    let run = Run::with_all_kinds("many threads", multi_thread());
    assert_every_record_is_attributed(&run, &STEPS);
    assert!(
        Pools::of_the_process().hosted() > hosted,
        "no job of a pool ran inside another job"
    );
}

#[test]
fn service_on_one_thread_attributes_every_record() {
    let run = Run::with_all_kinds("one thread", current_thread());
    assert_every_record_is_attributed(&run, &STEPS);
}

#[test]
fn pooled_connection_gives_way_to_request_on_many_threads() {
    let run = Run {
        kinds: POOLED,
        opens_connections_first: true,
        ..Run::with_all_kinds("pooled, many threads", multi_thread())
    };
    assert_every_record_is_attributed(&run, &POOL_STEPS);
}

#[test]
fn pooled_connection_gives_way_to_request_on_one_thread() {
    let run = Run {
        kinds: POOLED,
        opens_connections_first: true,
        ..Run::with_all_kinds("pooled, one thread", current_thread())
    };
    assert_every_record_is_attributed(&run, &POOL_STEPS);
}

#[test]
fn pooled_connection_before_login_has_no_earlier_user() {
    let run = Run {
        kinds: POOLED_BEFORE_LOGIN,
        opens_connections_first: true,
        ..Run::with_all_kinds("pooled, before the login", multi_thread())
    };
    assert_every_record_is_attributed(&run, &["query before login"]);
}

#[test]
fn pooled_connection_gives_way_to_background_task() {
    let run = Run {
        kinds: POOLED_IN_BACKGROUND,
        opens_connections_first: true,
        ..Run::with_all_kinds("pooled, in the background", multi_thread())
    };
    assert_every_record_is_attributed(&run, &["background query"]);
}

fn assert_loses_users_without_mixing(name: &'static str, forgotten: Forgotten, refuses: bool) {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let refused = whose::stats().refused_writes;
    let run = Run {
        forgotten: Some(forgotten),
        requests: requests() / 4,
        ..Run::with_all_kinds(name, multi_thread())
    };
    let audit = run.audit();
    assert_nothing_wrong(name, &audit);
    let is_lost = audit
        .missing
        .contains_key(&whose::UnattributedReason::NoScope);
    assert!(
        is_lost,
        "{name}: no record lost its user, so the forgotten line has no effect"
    );
    assert_eq!(whose::stats().refused_writes > refused, refuses, "{name}");
}

#[test]
fn service_without_attribution_layer_mixes_no_users() {
    let forgotten = Forgotten::AttributionLayer;
    assert_loses_users_without_mixing("without AttributionLayer", forgotten, true);
}

#[test]
fn service_with_bare_tasks_mixes_no_users() {
    assert_loses_users_without_mixing("bare tokio::spawn", Forgotten::TaskSpawn, false);
}

#[test]
fn service_with_bare_join_set_mixes_no_users() {
    assert_loses_users_without_mixing("bare JoinSet::spawn", Forgotten::JoinSetSpawn, false);
}

#[test]
fn service_with_jobs_without_scope_mixes_no_users() {
    assert_loses_users_without_mixing("jobs without scope", Forgotten::JobScope, false);
}

#[test]
fn service_with_unscoped_worker_writes_mixes_no_users() {
    assert_loses_users_without_mixing("set_user without scope", Forgotten::WorkerScope, true);
}

#[test]
fn service_with_bare_pool_jobs_mixes_no_users() {
    assert_loses_users_without_mixing("bare rayon jobs", Forgotten::PoolScope, false);
}
