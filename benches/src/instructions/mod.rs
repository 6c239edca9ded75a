//! Instructions per operation, counted by valgrind: figures without noise.
//!
//! Each benchmark runs in a process of its own under callgrind, which collects instructions only
//! inside the function that runs the measured operations. The setup and other threads are not
//! included.

mod baseline;
mod callgrind;
mod table;

pub use baseline::{Baseline, Verdict, count_again, environment};
pub use callgrind::{Counts, benchmarks, count, is_available, run_one};
pub use table::table;
