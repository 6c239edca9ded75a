//! Takes samples of all contenders of a case in turn.
//!
//! Neither `criterion` nor `divan` alternates between contenders: each measures one contender for
//! seconds and then the next, so that on a shared machine a ratio depends on the other load at the
//! time. Neither can ask processes that have different subscribers, and `divan` writes no JSON.

mod benchmarks;
mod future_sizes;
mod pipelines;
mod programs;

pub use future_sizes::future_sizes;
pub use programs::Sampler;
