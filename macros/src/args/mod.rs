//! What was written: the arguments of every macro, before anyone asks whether they make sense.

mod arg;
mod entries;
mod list;
mod parse;

pub(crate) use arg::{Arg, ArgValue, Sigil, Value};
pub(crate) use entries::{parse_entries, parse_idents, Entry, Name};
pub(crate) use parse::parse;
