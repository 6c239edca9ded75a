//! What the tests across the crates share: a reference model of the attribution rules, programs to
//! try them on, a runner that runs such programs on the real thing, a crowd of users, a client, and what is
//! recorded of all that.

pub mod crowd;
pub mod here;
pub mod http;
pub mod journal;
pub mod kept;
pub mod lines;
pub mod model;
pub mod program;
pub mod runner;
pub mod storm;
pub mod table;

/// The examples of the project's README and of the pages in `docs/`.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../README.md")]
    struct Readme;
}
