//! Sampling: a sink that passes on a part of the records, each with its weight.

mod rate;
mod sampled;
mod sampler;
mod stats;

pub use sampled::Sampled;
pub use sampler::Sampler;
pub use stats::SampleStats;
