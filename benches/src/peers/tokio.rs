//! Task-locals of `tokio`.

use std::hint::black_box;
use std::sync::Arc;

use crate::benchmark::{Benchmark, Role};
use crate::meter::Meter;
use crate::rows::contention::{self, Logins, READ_BESIDE_FAST_LOGINS, READ_BESIDE_LOGINS};
use crate::rows::future_sizes::{STATE, holding};
use crate::rows::inputs::{ID, SESSION, SESSION_UUID, TAGS, UUID};
use crate::rows::polls::{LIFE_0, LIFE_10, PENDING, complete, pending, pending_times, poll};
use crate::rows::{polls, reads, scopes};

tokio::task_local! {
    static USER: Arc<str>;
    static CONTEXT: Arc<UserContext>;
}

/// The hand-written equivalent of a scope.
struct UserContext {
    _user: Box<str>,
    _session: Box<str>,
    _tags: Vec<(&'static str, Box<str>)>,
}

impl UserContext {
    fn new(user: &str, session: &str) -> Arc<Self> {
        Arc::new(Self {
            _user: black_box(user).into(),
            _session: black_box(session).into(),
            _tags: Vec::new(),
        })
    }

    fn with_tags(user: &str, session: &str) -> Arc<Self> {
        let tags = TAGS.map(|(key, value)| (key, black_box(value).into()));
        Arc::new(Self {
            _user: black_box(user).into(),
            _session: black_box(session).into(),
            _tags: tags.into(),
        })
    }
}

/// Enters and exits a scope of the task-local.
fn in_scope<R>(id: Arc<str>, f: impl FnOnce() -> R) -> R {
    USER.sync_scope(id, f)
}

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let scope = |case, name, run| Benchmark::new(scopes::ROW, Role::Peer, case, name, run);
    let read = |case, name, run| Benchmark::new(reads::ROW, Role::Peer, case, name, run);
    let polled = |case, run| Benchmark::new(polls::ROW, Role::Peer, case, "tokio scope", run);
    let beside_logins = |case, run| {
        Benchmark::new(contention::ROW, Role::Peer, case, "tokio with", run)
            .with_thread_allocations()
    };
    vec![
        scope(scopes::STR_18, "tokio sync_scope", |m| {
            m.time(|| in_scope(Arc::from(black_box(ID)), || black_box(())));
        }),
        scope(scopes::STR_36, "tokio sync_scope", |m| {
            m.time(|| in_scope(Arc::from(black_box(UUID)), || black_box(())));
        }),
        // The moved `Arc` is the last one, so that its memory is freed, as for a moved scope.
        scope(scopes::MOVED, "tokio sync_scope(Arc)", |m| {
            m.time_on(|| Arc::from(ID), |id| in_scope(id, || black_box(())));
        }),
        scope(scopes::MOVED, "tokio sync_scope(Arc::clone)", |m| {
            let id = Arc::from(ID);
            m.time(|| in_scope(Arc::clone(black_box(&id)), || black_box(())));
        }),
        scope(scopes::CLONED, "tokio sync_scope(Arc::clone)", |m| {
            cloned(m, ID)
        }),
        scope(scopes::CLONED_UUID, "tokio sync_scope(Arc::clone)", |m| {
            cloned(m, UUID)
        }),
        scope(scopes::FULL, "tokio sync_scope(Arc<struct>)", |m| {
            m.time(|| in_context(UserContext::with_tags(ID, SESSION)));
        }),
        scope(scopes::UUIDS, "tokio sync_scope(Arc<struct>)", |m| {
            m.time(|| in_context(UserContext::new(UUID, SESSION_UUID)));
        }),
        scope(scopes::UUIDS_TAGS, "tokio sync_scope(Arc<struct>)", |m| {
            m.time(|| in_context(UserContext::with_tags(UUID, SESSION_UUID)));
        }),
        scope(scopes::NESTED, "tokio sync_scope", |m| {
            let id = || Arc::from(black_box(ID));
            m.time(|| in_scope(id(), || in_scope(id(), || in_scope(id(), || black_box(())))));
        }),
        read(reads::USER_ID, "tokio with", |m| {
            in_scope(Arc::from(ID), || {
                m.time(|| USER.with(|id| black_box(id).len()))
            });
        }),
        read(reads::WHOLE, "tokio with(Arc::clone)", |m| {
            in_scope(Arc::from(ID), || m.time(|| USER.with(Arc::clone)));
        }),
        beside_logins(READ_BESIDE_LOGINS, |m| read_beside_logins(m, Logins::Paced)),
        beside_logins(READ_BESIDE_FAST_LOGINS, |m| {
            read_beside_logins(m, Logins::Continuous)
        }),
        polled(PENDING, |m| poll(m, USER.scope(Arc::from(ID), pending()))),
        polled(LIFE_0, |m| life(m, 0)),
        polled(LIFE_10, |m| life(m, 10)),
    ]
}

fn cloned(meter: &mut Meter, id: &str) {
    let id = Arc::from(id);
    meter.time(|| in_scope(Arc::clone(black_box(&id)), || black_box(())));
}

fn in_context(context: Arc<UserContext>) {
    CONTEXT.sync_scope(context, || black_box(()));
}

fn read_beside_logins(meter: &mut Meter, logins: Logins) {
    let log_in = |id: &str| in_scope(Arc::from(id), || black_box(()));
    logins.run_beside(log_in, || {
        in_scope(Arc::from(ID), || {
            meter.time(|| USER.with(|id| black_box(id).len()));
        });
    });
}

/// Enters and exits a scope.
pub(super) fn enter() {
    in_scope(Arc::from(black_box(ID)), || black_box(()));
}

/// Wraps a future in the scope of `id`.
pub(super) fn scoped_future<F: Future>(
    id: Arc<str>,
    future: F,
) -> impl Future<Output = F::Output> + use<F> {
    USER.scope(id, future)
}

fn life(meter: &mut Meter, times: u32) {
    meter.time(|| {
        let id = Arc::from(black_box(ID));
        complete(USER.scope(id, pending_times(black_box(times))));
    });
}

pub(super) fn future_size() -> usize {
    size_of_val(&USER.scope(Arc::from(ID), holding(STATE)))
}
