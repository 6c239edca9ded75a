//! The language of a search: words, phrases and conditions in one line of text.

mod annotate;
mod complete;
mod field;
mod lexer;
mod nearest;
mod parse;
mod quote;
mod syntax_error;
mod term;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use annotate::annotate;
pub(crate) use complete::{Completion, completion};
pub(crate) use field::{FIELDS, KEYED, keyed_text};
pub(crate) use parse::SearchText;
pub(crate) use quote::quote_value;
pub(crate) use syntax_error::SyntaxError;
pub(crate) use term::Term;
pub(crate) use value::choices;
