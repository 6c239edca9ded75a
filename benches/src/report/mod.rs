//! The report: tables for the READMEs, plots, and the growth of each curve.

pub mod bars;
pub mod curves;
pub mod lines;
pub mod summary;
mod svg;
