//! The list of everything that is measured: rows, benchmarks, pipelines, future sizes, setups.

use crate::benchmark::Benchmark;
use crate::pipeline::Pipeline;
use crate::rows::future_sizes::FutureSize;
use crate::rows::{
    contention, events, future_sizes, growth, integrations, memory, pipelines, polls, reads,
    scopes, spans, storage,
};
use crate::setup::Setup;

#[cfg(feature = "peers")]
use crate::peers;

/// The rows, in the order of the table.
pub const ROWS: [&str; 11] = [
    scopes::ROW,
    reads::ROW,
    polls::ROW,
    spans::ROW,
    integrations::ROW,
    events::ROW,
    storage::ROW,
    pipelines::ROW,
    contention::ROW,
    memory::ROW,
    growth::ROW,
];

/// Returns every benchmark, in the order of the table.
#[must_use]
pub fn benchmarks() -> Vec<Benchmark> {
    let rows = [
        scopes::benchmarks(),
        reads::benchmarks(),
        polls::benchmarks(),
        spans::benchmarks(),
        events::benchmarks(),
        #[cfg(feature = "store")]
        storage::benchmarks(),
        contention::benchmarks(),
        memory::benchmarks(),
        growth::benchmarks(),
        #[cfg(feature = "peers")]
        peers::tokio::benchmarks(),
        #[cfg(feature = "peers")]
        peers::otel::benchmarks(),
        #[cfg(feature = "peers")]
        peers::sentry::benchmarks(),
        #[cfg(feature = "peers")]
        peers::tracing::benchmarks(),
        #[cfg(feature = "peers")]
        peers::fastrace::benchmarks(),
        #[cfg(feature = "peers")]
        peers::concurrency::benchmarks(),
    ];
    let mut benchmarks = rows.concat();
    // By row, then by the first appearance of the case. The sort is stable: within a case, the
    // contenders of `whose` stay first.
    let mut cases: Vec<_> = benchmarks.iter().map(|one| (one.row, one.case)).collect();
    cases.dedup();
    let row = |one: &Benchmark| ROWS.iter().position(|name| *name == one.row);
    let case = |one: &Benchmark| cases.iter().position(|case| *case == (one.row, one.case));
    benchmarks.sort_by_cached_key(|one| (row(one), case(one), one.argument));
    benchmarks
}

/// Returns the benchmark with that key.
#[must_use]
pub fn find_benchmark(key: &str) -> Option<Benchmark> {
    benchmarks().into_iter().find(|one| one.key() == key)
}

/// Returns every pipeline.
#[must_use]
pub fn pipelines() -> Vec<Pipeline> {
    let ours = pipelines::pipelines();
    #[cfg(feature = "peers")]
    let ours = ours.into_iter().chain(peers::pipelines::pipelines());
    ours.into_iter().collect()
}

/// Returns the pipeline with that name.
#[must_use]
pub fn find_pipeline(name: &str) -> Option<Pipeline> {
    pipelines().into_iter().find(|one| one.name == name)
}

/// Returns the size of every future.
#[must_use]
pub fn future_sizes() -> Vec<FutureSize> {
    let ours = future_sizes::future_sizes();
    #[cfg(feature = "peers")]
    let ours = ours.into_iter().chain(peers::future_sizes::future_sizes());
    ours.into_iter().collect()
}

/// Returns every setup.
#[must_use]
pub fn setups() -> Vec<Setup> {
    let own = Setup::OWN.iter().copied();
    #[cfg(feature = "peers")]
    let own = own.chain(peers::setups::SETUPS);
    own.collect()
}

/// Returns the setup with that name.
#[must_use]
pub fn find_setup(name: &str) -> Option<Setup> {
    setups().into_iter().find(|one| one.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn benchmark_keys_are_unique() {
        let mut keys: Vec<_> = benchmarks().iter().map(Benchmark::key).collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }

    #[test]
    fn benchmark_rows_are_listed() {
        for one in benchmarks() {
            assert!(ROWS.contains(&one.row), "{}", one.key());
        }
    }

    #[test]
    fn benchmark_setups_are_listed() {
        for one in benchmarks() {
            assert!(find_setup(one.setup.name).is_some(), "{}", one.key());
        }
        for one in pipelines() {
            assert!(find_setup(one.setup.name).is_some(), "{}", one.name);
        }
    }

    #[cfg(feature = "peers")]
    #[test]
    fn future_of_whose_ten_deep_is_smaller_than_every_peer() {
        use crate::benchmark::Role;
        let sizes = future_sizes();
        let of = |role| {
            let ten = sizes
                .iter()
                .filter(move |size| size.case == future_sizes::TEN);
            ten.filter(move |size| size.role == role)
                .map(|size| size.bytes)
        };
        assert!(of(Role::Ours).max() < of(Role::Peer).min(), "{sizes:#?}");
    }
}
