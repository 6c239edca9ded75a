//! The Model Context Protocol: the queries of the pages as tools of a coding agent.

mod answer;
mod arguments;
mod check;
mod failure;
mod parameters;
mod schema;
mod serve;
mod server;
mod shared_arguments;
mod tool;
mod tools;

pub(crate) use serve::serve;
