//! Row 1: a scope is entered and left.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::Arc;

use whose::Scope;

use super::{ID, LONG_ID, SESSION, TAGS};
use crate::meter::Meter;
use crate::op::{Op, Role};

/// The row's name.
pub const ROW: &str = "scopes";
/// From a `&str` of usual length.
pub const STR_18: &str = "enter+exit, &str of 18 bytes";
/// From a `&str` as long as a UUID.
pub const STR_36: &str = "enter+exit, &str of 36 bytes";
/// One that was made before and is used up.
pub const MOVED: &str = "enter+exit, prebuilt, moved in";
/// One that was made before and is kept.
pub const BORROWED: &str = "enter+exit, prebuilt, kept";
/// Two ids and three tags.
pub const FULL: &str = "enter+exit, user, session, 3 tags";
/// Three, one in the other.
pub const NESTED: &str = "enter+exit, nested 3 deep";

thread_local! {
    static CURRENT: Cell<Option<Arc<str>>> = const { Cell::new(None) };
}

/// The least: a slot of the thread that holds who is current, put back afterwards.
fn swapped<R>(id: Arc<str>, f: impl FnOnce() -> R) -> R {
    let before = CURRENT.replace(Some(id));
    let result = f();
    CURRENT.set(before);
    result
}

pub(super) fn ops() -> Vec<Op> {
    let ours = |case, contender, run| Op::quiet(ROW, Role::Ours, case, contender, run);
    let floor = |case, run| Op::quiet(ROW, Role::Floor, case, "thread-local Arc<str>", run);
    vec![
        ours(STR_18, "whose guard", |m| guard(m, ID)),
        ours(STR_18, "whose in_scope", |m| in_scope(m, ID)),
        floor(STR_18, |m| {
            m.time(|| swapped(Arc::from(black_box(ID)), || black_box(())))
        }),
        ours(STR_36, "whose guard", |m| guard(m, LONG_ID)),
        ours(STR_36, "whose in_scope", |m| in_scope(m, LONG_ID)),
        floor(STR_36, |m| {
            m.time(|| swapped(Arc::from(black_box(LONG_ID)), || black_box(())))
        }),
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
            m.time_on(|| Arc::from(ID), |id| swapped(id, || black_box(())));
        }),
        ours(BORROWED, "whose in_scope(clone)", |m| {
            let scope = whose::user(ID);
            m.time(|| black_box(&scope).clone().in_scope(|| black_box(())));
        }),
        floor(BORROWED, |m| {
            let id = Arc::from(ID);
            m.time(|| swapped(Arc::clone(black_box(&id)), || black_box(())));
        }),
        ours(FULL, "whose guard", |m| {
            m.time(|| {
                let _scope = full().enter();
            })
        }),
        ours(FULL, "whose in_scope", |m| {
            m.time(|| full().in_scope(|| black_box(())))
        }),
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
            m.time(|| swapped(id(), || swapped(id(), || swapped(id(), || black_box(())))));
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

fn full() -> Scope {
    let scope = whose::user(black_box(ID)).session(black_box(SESSION));
    TAGS.iter().fold(scope, |scope, (key, value)| {
        scope.tag(black_box(*key), black_box(*value))
    })
}
