//! `cargo xtask foreign`: the macros on code that was not written for them.
//!
//! A crate of the workspace's own dependency tree is copied, every function of it is annotated, and
//! the copy has to compile as the original does. The source is only inserted into, on the line of
//! the signature, so an error names the line of the original.

mod annotate;
mod check;
mod command;
mod crates;
mod mode;
mod package;
mod report;
#[cfg(test)]
mod tests;
mod workspace;

pub(crate) use command::run;
