//! tokio's task-locals.

use std::hint::black_box;
use std::sync::Arc;

use crate::meter::Meter;
use crate::op::{Op, Role};
use crate::rows::polls::{LIFE_0, LIFE_10, PENDING, complete, pending, pending_times, poll};
use crate::rows::sizes::{STATE, holding};
use crate::rows::{ID, LONG_ID, SESSION, TAGS, polls, reads, scopes};

tokio::task_local! {
    static USER: Arc<str>;
    static WHOLE: Arc<Whole>;
}

/// What one would write by hand.
struct Whole {
    _user: Box<str>,
    _session: Box<str>,
    _tags: Vec<(&'static str, Box<str>)>,
}

impl Whole {
    fn new() -> Arc<Self> {
        let tags = TAGS.map(|(key, value)| (key, black_box(value).into()));
        Arc::new(Self {
            _user: black_box(ID).into(),
            _session: black_box(SESSION).into(),
            _tags: tags.into(),
        })
    }
}

/// The least that a scope of tokio costs to make, enter and leave.
fn scoped<R>(id: Arc<str>, f: impl FnOnce() -> R) -> R {
    USER.sync_scope(id, f)
}

pub(super) fn ops() -> Vec<Op> {
    let scope = |case, name, run| Op::quiet(scopes::ROW, Role::Peer, case, name, run);
    let read = |case, name, run| Op::quiet(reads::ROW, Role::Peer, case, name, run);
    let polled = |case, run| Op::quiet(polls::ROW, Role::Peer, case, "tokio scope", run);
    vec![
        scope(scopes::STR_18, "tokio sync_scope", |m| {
            m.time(|| scoped(Arc::from(black_box(ID)), || black_box(())));
        }),
        scope(scopes::STR_36, "tokio sync_scope", |m| {
            m.time(|| scoped(Arc::from(black_box(LONG_ID)), || black_box(())));
        }),
        // The moved `Arc` is the last one here too, so that it is freed as a scope of ours is.
        scope(scopes::MOVED, "tokio sync_scope(Arc)", |m| {
            m.time_on(|| Arc::from(ID), |id| scoped(id, || black_box(())));
        }),
        scope(scopes::MOVED, "tokio sync_scope(Arc::clone)", |m| {
            let id = Arc::from(ID);
            m.time(|| scoped(Arc::clone(black_box(&id)), || black_box(())));
        }),
        scope(scopes::BORROWED, "tokio sync_scope(Arc::clone)", |m| {
            let id = Arc::from(ID);
            m.time(|| scoped(Arc::clone(black_box(&id)), || black_box(())));
        }),
        scope(scopes::FULL, "tokio sync_scope(Arc<struct>)", |m| {
            m.time(|| WHOLE.sync_scope(Whole::new(), || black_box(())));
        }),
        scope(scopes::NESTED, "tokio sync_scope", |m| {
            let id = || Arc::from(black_box(ID));
            m.time(|| scoped(id(), || scoped(id(), || scoped(id(), || black_box(())))));
        }),
        read(reads::USER_ID, "tokio with", |m| {
            scoped(Arc::from(ID), || {
                m.time(|| USER.with(|id| black_box(id).len()))
            });
        }),
        read(reads::WHOLE, "tokio with(Arc::clone)", |m| {
            scoped(Arc::from(ID), || m.time(|| USER.with(Arc::clone)));
        }),
        polled(PENDING, |m| poll(m, USER.scope(Arc::from(ID), pending()))),
        polled(LIFE_0, |m| life(m, 0)),
        polled(LIFE_10, |m| life(m, 10)),
    ]
}

/// Enters and leaves a scope.
pub(super) fn enter() {
    scoped(Arc::from(black_box(ID)), || black_box(()));
}

/// A future in the scope of `id`.
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

pub(super) fn size() -> usize {
    size_of_val(&USER.scope(Arc::from(ID), holding(STATE)))
}
