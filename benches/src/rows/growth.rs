//! Row 8: how the cost grows with depth, with tags, with users.

use std::hint::black_box;

use whose::{Guard, Scope};

use super::ID;
use crate::meter::Meter;
use crate::op::{Op, Role};
use crate::setup::Setup;

/// The row's name.
pub const ROW: &str = "growth";

/// How deep scopes are nested.
const DEPTHS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];
/// How many tags there are.
const TAGS: [u64; 7] = [0, 1, 2, 5, 10, 25, 50];
/// How many users are seen.
const USERS: [u64; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
/// How many operations a sample has where users are seen.
const SEEN: u64 = 20_000;

#[whose::trace]
fn traced(n: u64) -> u64 {
    black_box(n)
}

#[whose::trace(user_id = id)]
fn traced_user(id: &str) -> usize {
    black_box(id).len()
}

pub(super) fn ops() -> Vec<Op> {
    let ours = |case, run| Op::quiet(ROW, Role::Ours, case, "whose", run);
    let spans = |op: Op| op.collected(Setup::Whose, 1);
    let mut ops = Vec::new();
    for depth in DEPTHS {
        ops.push(ours("enter+exit at a depth of", enter_at_depth).at(depth));
        ops.push(ours("the user id at a depth of", read_at_depth).at(depth));
        ops.push(spans(ours("a span at a depth of", span_at_depth)).at(depth));
    }
    for tags in TAGS {
        ops.push(ours("enter+exit under so many tags", enter_under_tags).at(tags));
        ops.push(ours("the user id under so many tags", read_under_tags).at(tags));
        ops.push(spans(ours("a span under so many tags", span_under_tags)).at(tags));
    }
    for users in USERS {
        let enter = ours("enter+exit, so many users seen", enter_of_users).at(users);
        ops.push(enter.long(SEEN.max(users)));
        let span = spans(ours("a span, so many users seen", span_of_users)).at(users);
        ops.push(span.long(SEEN.max(users)));
    }
    ops
}

/// The user outermost, so that a read has the longest way.
fn nested(depth: u64) -> Vec<Guard> {
    let user = whose::user(ID).enter();
    let others = (1..depth).map(|level| whose::tag("level", level.to_string()).enter());
    std::iter::once(user).chain(others).collect()
}

/// Guards end in the reverse order; a `Vec` drops its first element first.
fn leave(mut guards: Vec<Guard>) {
    while guards.pop().is_some() {}
}

fn enter_at_depth(meter: &mut Meter) {
    let guards = nested(meter.argument() - 1);
    meter.time(enter);
    leave(guards);
}

fn read_at_depth(meter: &mut Meter) {
    let guards = nested(meter.argument());
    meter.time(read);
    leave(guards);
}

fn span_at_depth(meter: &mut Meter) {
    let guards = nested(meter.argument());
    meter.time(|| traced(1));
    leave(guards);
}

fn under_tags(count: u64) -> Scope {
    let tags = (0..count).map(|n| (format!("key-{n}"), format!("value-{n}")));
    whose::user(ID).tags(tags)
}

fn enter_under_tags(meter: &mut Meter) {
    let _tags = under_tags(meter.argument()).enter();
    meter.time(enter);
}

fn read_under_tags(meter: &mut Meter) {
    let _tags = under_tags(meter.argument()).enter();
    meter.time(read);
}

fn span_under_tags(meter: &mut Meter) {
    let _tags = under_tags(meter.argument()).enter();
    meter.time(|| traced(1));
}

fn enter() {
    let _scope = whose::user(black_box(ID)).enter();
}

fn read() -> Option<usize> {
    whose::with_current(|at| at.user_id().map(str::len))
}

/// Ids of 18 bytes, one after the other and again from the first, written in place: a million of
/// them in memory would measure its caches.
struct Ids {
    id: String,
    next: u64,
    count: u64,
}

impl Ids {
    fn new(count: u64) -> Self {
        let (id, next) = (String::with_capacity(32), 0);
        Self { id, next, count }
    }

    fn next(&mut self) -> &str {
        use std::fmt::Write as _;
        self.next = (self.next + 1) % self.count;
        self.id.clear();
        // Writing to a string cannot fail.
        let _ = write!(self.id, "usr_{:014}", self.next);
        &self.id
    }
}

fn enter_of_users(meter: &mut Meter) {
    let mut ids = Ids::new(meter.argument());
    meter.time(|| {
        let _scope = whose::user(black_box(ids.next())).enter();
    });
}

fn span_of_users(meter: &mut Meter) {
    let mut ids = Ids::new(meter.argument());
    meter.time(|| traced_user(black_box(ids.next())));
}
