//! Row `growth`: the cost over the depth, the number of tags, and the number of users.

use std::hint::black_box;

use whose::{Guard, Scope};

use super::inputs::ID;
use crate::benchmark::{Benchmark, Role};
use crate::meter::Meter;
use crate::setup::Setup;

/// The name of the row.
pub const ROW: &str = "growth";

/// Nested scopes.
const DEPTHS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];
/// Tags on the outer scope.
const TAGS: [u64; 7] = [0, 1, 2, 5, 10, 25, 50];
/// Distinct users.
const USERS: [u64; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
/// The least number of operations in a sample over distinct users.
const MIN_OPERATIONS: u64 = 20_000;

#[whose::trace]
fn traced(n: u64) -> u64 {
    black_box(n)
}

#[whose::trace(user_id = id)]
fn traced_user(id: &str) -> usize {
    black_box(id).len()
}

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let ours = |case, run| Benchmark::new(ROW, Role::Ours, case, "whose", run);
    let spans = |benchmark: Benchmark| benchmark.with_setup(Setup::WHOSE, 1);
    let mut benchmarks = Vec::new();
    for depth in DEPTHS {
        benchmarks.push(ours("enter+exit at a depth of", enter_at_depth).at(depth));
        benchmarks.push(ours("the user id at a depth of", read_at_depth).at(depth));
        benchmarks.push(spans(ours("a span at a depth of", span_at_depth)).at(depth));
    }
    for tags in TAGS {
        benchmarks.push(ours("enter+exit under so many tags", enter_under_tags).at(tags));
        benchmarks.push(ours("the user id under so many tags", read_under_tags).at(tags));
        benchmarks.push(spans(ours("a span under so many tags", span_under_tags)).at(tags));
    }
    for users in USERS {
        let enter = ours("enter+exit, so many users seen", enter_of_users).at(users);
        benchmarks.push(enter.with_operations(MIN_OPERATIONS.max(users)));
        let span = spans(ours("a span, so many users seen", span_of_users)).at(users);
        benchmarks.push(span.with_operations(MIN_OPERATIONS.max(users)));
    }
    benchmarks
}

/// Enters `depth` scopes; the user is the outermost, which makes a read as long as possible.
fn enter_nested(depth: u64) -> Vec<Guard> {
    let user = whose::user(ID).enter();
    let others = (1..depth).map(|level| whose::tag("level", level.to_string()).enter());
    std::iter::once(user).chain(others).collect()
}

/// Drops the guards in reverse order; a `Vec` would drop its first element first.
fn exit(mut guards: Vec<Guard>) {
    while guards.pop().is_some() {}
}

fn enter_at_depth(meter: &mut Meter) {
    let guards = enter_nested(meter.argument() - 1);
    meter.time(enter);
    exit(guards);
}

fn read_at_depth(meter: &mut Meter) {
    let guards = enter_nested(meter.argument());
    meter.time(read);
    exit(guards);
}

fn span_at_depth(meter: &mut Meter) {
    let guards = enter_nested(meter.argument());
    meter.time(|| traced(1));
    exit(guards);
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
    whose::with_current(|attribution| attribution.user_id().map(str::len))
}

/// A cycle of ids of 18 bytes, written in place: a million ids in memory would measure the caches.
struct IdCycle {
    id: String,
    next: u64,
    count: u64,
}

impl IdCycle {
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
    let mut ids = IdCycle::new(meter.argument());
    meter.time(|| {
        let _scope = whose::user(black_box(ids.next())).enter();
    });
}

fn span_of_users(meter: &mut Meter) {
    let mut ids = IdCycle::new(meter.argument());
    meter.time(|| traced_user(black_box(ids.next())));
}
