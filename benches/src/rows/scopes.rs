//! Row `scopes`: enter and exit a scope.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::Arc;

use whose::Scope;

use super::inputs::{ID, SESSION, SESSION_UUID, TAGS, UUID};
use crate::benchmark::{Benchmark, Role};
use crate::meter::Meter;

/// The name of the row.
pub const ROW: &str = "scopes";
/// A scope from a `&str` of usual length.
pub const STR_18: &str = "enter+exit, &str of 18 bytes";
/// A scope from a `&str` with the length of a UUID.
pub const STR_36: &str = "enter+exit, &str of 36 bytes";
/// A scope that was built before and is consumed.
pub const MOVED: &str = "enter+exit, prebuilt, moved in";
/// A scope that was built before and is cloned.
pub const CLONED: &str = "enter+exit, prebuilt, cloned";
/// A scope with the length of a UUID that was built before and is cloned.
pub const CLONED_UUID: &str = "enter+exit, prebuilt, cloned, UUID";
/// A user, a session and three tags.
pub const FULL: &str = "enter+exit, user, session, 3 tags";
/// A user and a session whose ids are UUIDs.
pub const UUIDS: &str = "enter+exit, user and session, both UUIDs";
/// A user and a session whose ids are UUIDs, and three tags.
pub const UUIDS_TAGS: &str = "enter+exit, user and session, both UUIDs, 3 tags";
/// Three scopes inside each other.
pub const NESTED: &str = "enter+exit, nested 3 deep";

thread_local! {
    static CURRENT: Cell<Option<Arc<str>>> = const { Cell::new(None) };
}

/// The floor: sets a thread-local to the id, and restores it afterwards.
fn with_thread_local<R>(id: Arc<str>, f: impl FnOnce() -> R) -> R {
    let before = CURRENT.replace(Some(id));
    let result = f();
    CURRENT.set(before);
    result
}

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let mut benchmarks = from_str();
    benchmarks.extend(prebuilt());
    benchmarks.extend(user_and_session());
    benchmarks.extend(nested());
    benchmarks
}

fn ours(case: &'static str, contender: &'static str, run: fn(&mut Meter)) -> Benchmark {
    Benchmark::new(ROW, Role::Ours, case, contender, run)
}

fn floor(case: &'static str, run: fn(&mut Meter)) -> Benchmark {
    Benchmark::new(ROW, Role::Floor, case, "thread-local Arc<str>", run)
}

fn from_str() -> Vec<Benchmark> {
    vec![
        ours(STR_18, "whose guard", |m| guard(m, ID)),
        ours(STR_18, "whose in_scope", |m| in_scope(m, ID)),
        floor(STR_18, |m| {
            m.time(|| with_thread_local(Arc::from(black_box(ID)), || black_box(())));
        }),
        ours(STR_36, "whose guard", |m| guard(m, UUID)),
        ours(STR_36, "whose in_scope", |m| in_scope(m, UUID)),
        floor(STR_36, |m| {
            m.time(|| with_thread_local(Arc::from(black_box(UUID)), || black_box(())));
        }),
    ]
}

fn guard(meter: &mut Meter, id: &str) {
    meter.time(|| {
        let _scope = whose::user(black_box(id)).enter();
    });
}

fn in_scope(meter: &mut Meter, id: &str) {
    meter.time(|| whose::user(black_box(id)).in_scope(|| black_box(())));
}

fn prebuilt() -> Vec<Benchmark> {
    vec![
        ours(MOVED, "whose guard", |m| {
            m.time_on(
                || whose::user(ID),
                |scope| {
                    let _scope = scope.enter();
                },
            );
        }),
        ours(MOVED, "whose in_scope", |m| {
            m.time_on(|| whose::user(ID), |scope| scope.in_scope(|| black_box(())));
        }),
        floor(MOVED, |m| {
            m.time_on(
                || Arc::from(ID),
                |id| with_thread_local(id, || black_box(())),
            );
        }),
        ours(CLONED, "whose in_scope(clone)", |m| cloned(m, ID)),
        floor(CLONED, |m| cloned_thread_local(m, ID)),
        ours(CLONED_UUID, "whose in_scope(clone)", |m| cloned(m, UUID)),
        floor(CLONED_UUID, |m| cloned_thread_local(m, UUID)),
    ]
}

fn cloned(meter: &mut Meter, id: &str) {
    let scope = whose::user(id);
    meter.time(|| black_box(&scope).clone().in_scope(|| black_box(())));
}

fn cloned_thread_local(meter: &mut Meter, id: &str) {
    let id = Arc::from(id);
    meter.time(|| with_thread_local(Arc::clone(black_box(&id)), || black_box(())));
}

fn user_and_session() -> Vec<Benchmark> {
    vec![
        ours(FULL, "whose guard", |m| {
            m.time(|| {
                let _scope = with_tags(user_session(ID, SESSION)).enter();
            });
        }),
        ours(FULL, "whose in_scope", |m| {
            m.time(|| with_tags(user_session(ID, SESSION)).in_scope(|| black_box(())));
        }),
        ours(UUIDS, "whose guard", |m| {
            m.time(|| {
                let _scope = user_session(UUID, SESSION_UUID).enter();
            });
        }),
        ours(UUIDS, "whose in_scope", |m| {
            m.time(|| user_session(UUID, SESSION_UUID).in_scope(|| black_box(())));
        }),
        ours(UUIDS_TAGS, "whose guard", |m| {
            m.time(|| {
                let _scope = with_tags(user_session(UUID, SESSION_UUID)).enter();
            });
        }),
        ours(UUIDS_TAGS, "whose in_scope", |m| {
            m.time(|| with_tags(user_session(UUID, SESSION_UUID)).in_scope(|| black_box(())));
        }),
    ]
}

fn user_session(user: &str, session: &str) -> Scope {
    whose::user(black_box(user)).session(black_box(session))
}

fn with_tags(scope: Scope) -> Scope {
    TAGS.iter().fold(scope, |scope, (key, value)| {
        scope.tag(black_box(*key), black_box(*value))
    })
}

fn nested() -> Vec<Benchmark> {
    vec![
        ours(NESTED, "whose guard", |m| {
            m.time(|| {
                let _a = whose::user(black_box(ID)).enter();
                let _b = whose::user(black_box(ID)).enter();
                let _c = whose::user(black_box(ID)).enter();
            });
        }),
        ours(NESTED, "whose in_scope", |m| {
            let user = || whose::user(black_box(ID));
            m.time(|| user().in_scope(|| user().in_scope(|| user().in_scope(|| black_box(())))));
        }),
        floor(NESTED, |m| {
            let id = || Arc::from(black_box(ID));
            m.time(|| {
                with_thread_local(id(), || {
                    with_thread_local(id(), || with_thread_local(id(), || black_box(())))
                })
            });
        }),
    ]
}
