//! Row `reads`: read the current user.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::Arc;

use super::inputs::{ID, SESSION, TAGS};
use crate::benchmark::{Benchmark, Role};

/// The name of the row.
pub const ROW: &str = "reads";
/// The id of the user alone.
pub const USER_ID: &str = "the current user id";
/// The whole attribution, kept and dropped.
pub const WHOLE: &str = "the whole attribution, kept";

thread_local! {
    static CURRENT: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
}

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let ours = |case, contender, run| Benchmark::new(ROW, Role::Ours, case, contender, run);
    let floor = |case, run| Benchmark::new(ROW, Role::Floor, case, "thread-local Arc<str>", run);
    vec![
        ours(USER_ID, "whose with_current", |m| {
            let _scope = whose::user(ID).enter();
            m.time(user_id_len);
        }),
        ours(USER_ID, "whose with_current, 3 scopes deep", |m| {
            let _user = whose::user(ID).enter();
            let _session = whose::session(SESSION).enter();
            let _tag = whose::tag(TAGS[0].0, TAGS[0].1).enter();
            m.time(user_id_len);
        }),
        floor(USER_ID, |m| {
            CURRENT.replace(Some(Arc::from(ID)));
            m.time(|| CURRENT.with_borrow(|id| id.as_deref().map(|id| black_box(id).len())));
        }),
        ours(WHOLE, "whose current()", |m| {
            let _scope = whose::user(ID).enter();
            m.time(whose::current);
        }),
        ours(WHOLE, "whose current(), user, session, 3 tags", |m| {
            let scope = whose::user(ID).session(SESSION).tags(TAGS);
            let _scope = scope.enter();
            m.time(whose::current);
        }),
        floor(WHOLE, |m| {
            CURRENT.replace(Some(Arc::from(ID)));
            m.time(|| CURRENT.with_borrow(Option::clone));
        }),
    ]
}

/// Reads the id of the current user.
#[inline(always)]
pub(super) fn user_id_len() -> Option<usize> {
    whose::with_current(|attribution| attribution.user_id().map(|id| black_box(id).len()))
}
