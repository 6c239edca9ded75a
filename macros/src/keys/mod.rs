//! The keys: their names, how each is written, and which macro takes it.

mod lookup;
mod spec;
mod table;

pub(crate) use lookup::{advice, lookup, names};
pub(crate) use spec::{ArgForm, Key, KeySpec, Macro};
