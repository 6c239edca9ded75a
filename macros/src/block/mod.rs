//! An attribute on an `impl` block.
//!
//! Every method gets an attribute of its own with the arguments that apply to it. The new attribute
//! stands below the existing ones, so that the method's own scope is inside the block's.

mod expand;
mod method;
mod parse;
mod rules;

pub(crate) use expand::attribute;
pub(crate) use parse::parse;
