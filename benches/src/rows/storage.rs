//! Row `storage`: the cost of a stored span on the producing thread.
//!
//! The queues of all contenders are long enough for a sample, so that no producer waits for a
//! background thread. Allocations are those of the producing thread.

/// The name of the row.
pub const ROW: &str = "storage";
/// A synchronous function with a user; its span is stored.
pub const SPAN_USER: &str = "fn with user, span stored, for the producer";

#[cfg(feature = "store")]
pub(crate) fn benchmarks() -> Vec<crate::benchmark::Benchmark> {
    use std::hint::black_box;

    use super::inputs::ID;
    use crate::benchmark::{Benchmark, Role};
    use crate::setup::Setup;

    #[whose::trace(user_id = ID)]
    fn traced_user(n: u64) -> u64 {
        black_box(n)
    }

    let ours = |contender, setup| {
        Benchmark::new(ROW, Role::Ours, SPAN_USER, contender, |m| {
            m.time(|| traced_user(black_box(1)));
        })
        .with_setup(setup, 1)
        .with_thread_allocations()
    };
    vec![
        ours("whose, SQLite", Setup::STORE),
        ours("whose, JSON lines to a file", Setup::JSON_LINES),
        ours("whose, no-op sink", Setup::WHOSE),
    ]
}
