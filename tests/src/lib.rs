//! What the tests across the crates share: a reference model of the attribution rules, programs to
//! try them on, a runner that runs such programs on the real thing, a crowd of users, a client, and what is
//! recorded of all that.

pub mod concurrency;
pub mod current;
pub mod http;
pub mod log_buffer;
pub mod memory_sink;
pub mod model;
pub mod program;
pub mod recorder;
pub mod runner;
pub mod stress;
pub mod table;

/// Compiles the README and each page of `docs/`, and runs their examples. A page that is missing here
/// fails `tests/documentation.rs`.
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
        Shutdown: "docs/shutdown.md";
    }
}
