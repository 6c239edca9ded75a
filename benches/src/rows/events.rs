//! Row `events`: emit an event inside spans with a user.

use std::hint::black_box;

use super::inputs::ID;
use crate::benchmark::{Benchmark, Role};
use crate::meter::Meter;
use crate::setup::Setup;

/// The name of the row.
pub const ROW: &str = "events";
/// The outermost of three open spans has the user.
pub const IN_3_SPANS: &str = "event with user, inside 3 spans, collected";

/// Spans that stay open around the events; they are records too.
pub(crate) const OPEN_SPANS: u64 = 3;

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    vec![
        Benchmark::new(ROW, Role::Ours, IN_3_SPANS, "whose layer", in_3_spans)
            .with_setup(Setup::WHOSE, 1),
    ]
}

fn in_3_spans(meter: &mut Meter) {
    meter.add_extra_records(OPEN_SPANS);
    outer(meter);
}

#[whose::trace(user_id = ID)]
fn outer(meter: &mut Meter) {
    middle(meter);
}

#[whose::trace]
fn middle(meter: &mut Meter) {
    inner(meter);
}

#[whose::trace]
fn inner(meter: &mut Meter) {
    meter.time(emit);
}

/// Emits one event.
pub(crate) fn emit() {
    tracing::info!(parcel = black_box(42_u64), "found the parcel");
}
