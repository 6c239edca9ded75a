//! Row `pipeline`: requests of ten spans each, to the place where spans are kept.

use std::hint::black_box;

use crate::benchmark::Role;
use crate::pipeline::{Pipeline, Request, SPANS_PER_REQUEST};
use crate::setup::Setup;

/// The name of the row.
pub const ROW: &str = "pipeline";

/// Time on the producing thread.
pub const PRODUCER: &str = "a span, for the producer";
/// Time until the flush has delivered all spans.
pub const TO_THE_END: &str = "a span, to the end";

/// The pipelines of `whose`.
pub(crate) fn pipelines() -> Vec<Pipeline> {
    let ours = |name, setup| Pipeline {
        name,
        role: Role::Ours,
        setup,
        spans: 300_000,
        serve,
    };
    vec![
        ours("whose, no-op sink", Setup::WHOSE),
        ours("whose, JSON lines to a file", Setup::JSON_LINES),
        #[cfg(feature = "store")]
        Pipeline {
            spans: 2_000_000,
            ..ours("whose, SQLite", Setup::STORE)
        },
    ]
}

#[whose::trace(user_id = &request.user, session_id = &request.session)]
fn serve(request: &Request) {
    for n in 2..SPANS_PER_REQUEST {
        step(n);
    }
    answer(&request.message);
}

#[whose::trace]
fn step(n: u64) -> u64 {
    black_box(n)
}

#[whose::trace(fields(message = text))]
fn answer(text: &str) -> usize {
    black_box(text).len()
}
