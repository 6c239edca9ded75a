//! The keys of the grammar: their names, their forms, and the macros that accept them.

mod lookup;
mod spec;
mod table;

pub(crate) use lookup::{advice, lookup, names};
pub(crate) use spec::{ArgForm, Key, KeySpec, Macro};
