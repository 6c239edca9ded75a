//! Shared helpers of the integration tests: a reference model of the attribution rules, random
//! programs, a runner for the programs, concurrent workloads, an HTTP client and sinks.

pub mod concurrency;
pub mod current;
pub mod http;
pub mod log_buffer;
pub mod memory_sink;
pub mod model;
pub mod program;
pub mod recorder;
pub mod runner;
pub mod runtimes;
pub mod stress;
pub mod table;

/// Compiles the README and each page of `docs/` and runs their examples. `tests/documentation.rs`
/// fails for a page that this list lacks.
#[cfg(doctest)]
mod pages {
    macro_rules! pages {
        ($($name:ident: $path:literal;)*) => {$(
            #[doc = include_str!(concat!("../../", $path))]
            struct $name;
        )*};
    }

    pages! {
        Readme: "README.md";
        GettingStarted: "docs/getting-started.md";
        OneRequest: "docs/one-request.md";
        WhyIsMyUserNone: "docs/why-is-my-user-none.md";
        TasksAndPools: "docs/tasks-and-pools.md";
        Http: "docs/http.md";
        Testing: "docs/testing.md";
        ModelCalls: "docs/model-calls.md";
        Jobs: "docs/jobs.md";
        FeatureFlags: "docs/feature-flags.md";
        Coverage: "docs/coverage.md";
        Logs: "docs/logs.md";
        Sampling: "docs/sampling.md";
        Retention: "docs/retention.md";
        Search: "docs/search.md";
        Shutdown: "docs/shutdown.md";
        AccessLog: "docs/access-log.md";
    }
}
