//! The parts that the programs for each peer share: the work that is attributed, the counts of right,
//! missing and wrong values, and a client for the answers of the servers.

pub mod http;
pub mod sender;
pub mod tally;
pub mod visit;

/// Compiles the Rust examples of the page.
#[cfg(doctest)]
#[doc = include_str!(concat!("../../../", "docs/backends.md"))]
struct Backends;
