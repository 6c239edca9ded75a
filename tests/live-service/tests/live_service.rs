//! A service under load over real connections: each record has the expected user and session, or a
//! valid reason for no user. If one line of the service is forgotten, records lose users and never
//! mix them up.

use std::sync::{Mutex, PoisonError};

use live_service::{
    ALL_KINDS, Audit, Forgotten, Load, ObservationRecorder, POOL_STEPS, POOLED,
    POOLED_BEFORE_LOGIN, POOLED_IN_BACKGROUND, Pools, RequestKind, STEPS, install_panic_hook,
};
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

/// A run on a runtime.
struct Run {
    load: Load,
    runtime: Runtime,
}

impl Run {
    fn with_all_kinds(name: &'static str, runtime: Runtime) -> Self {
        let load = Load {
            name,
            kinds: ALL_KINDS,
            requests: requests(),
            forgotten: None,
            opens_connections_first: false,
        };
        Self { load, runtime }
    }

    /// A run of those kinds, after the pooled connections were opened for other users.
    fn pooled(name: &'static str, runtime: Runtime, kinds: &'static [RequestKind]) -> Self {
        let mut run = Self::with_all_kinds(name, runtime);
        run.load.kinds = kinds;
        run.load.opens_connections_first = true;
        run
    }

    /// Runs the service under load and compares the records.
    fn audit(&self) -> Audit {
        let recorder = ObservationRecorder::of_the_process();
        install_panic_hook();
        let known = self.runtime.block_on(self.load.send(recorder));
        let audit = Audit::of(&recorder.take(), &known, self.load.forgotten);
        println!("{}: {audit}", self.load.name);
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
    assert_nothing_wrong(run.load.name, &audit);
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
    let run = Run::pooled("pooled, many threads", multi_thread(), POOLED);
    assert_every_record_is_attributed(&run, &POOL_STEPS);
}

#[test]
fn pooled_connection_gives_way_to_request_on_one_thread() {
    let run = Run::pooled("pooled, one thread", current_thread(), POOLED);
    assert_every_record_is_attributed(&run, &POOL_STEPS);
}

#[test]
fn pooled_connection_before_login_has_no_earlier_user() {
    let run = Run::pooled(
        "pooled, before the login",
        multi_thread(),
        POOLED_BEFORE_LOGIN,
    );
    assert_every_record_is_attributed(&run, &["query before login"]);
}

#[test]
fn pooled_connection_gives_way_to_background_task() {
    let run = Run::pooled(
        "pooled, in the background",
        multi_thread(),
        POOLED_IN_BACKGROUND,
    );
    assert_every_record_is_attributed(&run, &["background query"]);
}

fn assert_loses_users_without_mixing(name: &'static str, forgotten: Forgotten, refuses: bool) {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let refused = whose::stats().refused_writes;
    let mut run = Run::with_all_kinds(name, multi_thread());
    run.load.forgotten = Some(forgotten);
    run.load.requests = requests() / 4;
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
