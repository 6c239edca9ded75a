//! The arguments of every macro, parsed and not yet checked.

mod arg;
mod entries;
mod list;
mod parse;

pub(crate) use arg::{Arg, ArgValue, Sigil, Value};
pub(crate) use entries::{parse_entries, parse_idents, Entry, Name};
pub(crate) use parse::parse;
