//! An attribute on an `impl` block: every method gets what concerns it.
//!
//! Each of them gets an attribute of its own, below those that it has, so that what is written at
//! the method is inside of what is written at the block.

mod expand;
mod method;
mod parse;
mod rules;

pub(crate) use expand::attribute;
pub(crate) use parse::parse;
