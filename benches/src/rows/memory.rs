//! Row 7: what stays in memory.

use std::hint::black_box;
use std::sync::Arc;

use whose::{Scope, ScopeExt};

use super::ID;
use super::polls::pending;
use crate::meter::Meter;
use crate::op::{Op, Role};
use crate::setup::{FLUSH, Setup};

/// The row's name.
pub const ROW: &str = "memory";
/// Contexts that are kept.
pub const CONTEXTS: &str = "live bytes a kept context, of 100,000";
/// Futures that are kept, boxed.
pub const FUTURES: &str = "live bytes a boxed future in a scope, of 100,000";
/// What spans leave behind.
pub const SPANS: &str = "bytes left behind a span, after a million";
/// How many contexts are kept.
pub const KEPT: u64 = 100_000;
/// How many spans are made.
pub const MADE: u64 = 1_000_000;
/// How many spans are made between two flushes.
pub const BETWEEN: u64 = 1_000;

#[whose::trace(user_id = ID)]
fn traced_user(n: u64) -> u64 {
    black_box(n)
}

pub(super) fn ops() -> Vec<Op> {
    let ours = |case, name, run| Op::quiet(ROW, Role::Ours, case, name, run);
    let floor = |case, name, run| Op::quiet(ROW, Role::Floor, case, name, run);
    vec![
        ours(CONTEXTS, "whose::user(id)", |m| m.keep(|| whose::user(ID))).kept(KEPT),
        ours(CONTEXTS, "whose Scope::current()", |m| {
            m.keep(|| whose::user(ID).in_scope(Scope::current));
        })
        .kept(KEPT),
        floor(CONTEXTS, "Arc<str>", |m| m.keep(|| Arc::<str>::from(ID))).kept(KEPT),
        ours(FUTURES, "whose with_scope", |m| {
            m.keep(|| Box::new(pending().with_scope(whose::user(ID))));
        })
        .kept(KEPT),
        floor(FUTURES, "no future, Arc<str>", |m| {
            m.keep(|| Arc::<str>::from(ID))
        })
        .kept(KEPT),
        ours(SPANS, "#[whose::trace(user_id)]", |m| {
            left_behind(
                m,
                || {
                    whose::flush(FLUSH);
                },
                || {
                    traced_user(1);
                },
            );
        })
        .collected(Setup::Whose, 1)
        .kept(MADE),
    ]
}

/// Measures what is still in use after that many spans and a flush.
pub fn left_behind(meter: &mut Meter, flush: impl Fn(), span: impl Fn()) {
    let made = |count: u64| {
        for _ in 0..count.div_ceil(BETWEEN) {
            (0..BETWEEN).for_each(|_| span());
            flush();
        }
    };
    // What is made once, and grows to the size that it keeps.
    made(10 * BETWEEN);
    let operations = meter.operations();
    meter.around(operations, || made(operations));
}
