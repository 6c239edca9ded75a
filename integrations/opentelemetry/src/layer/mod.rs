//! Runs code before and after the callbacks of a wrapped layer.

mod after;
mod before;

pub use after::After;
pub use before::Before;
