//! What is shown of the results: a table and plots for the README, and how each curve grows.

pub mod bars;
pub mod curves;
pub mod lines;
pub mod readme;
mod svg;
