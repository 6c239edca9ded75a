//! The parts that views share.

mod empty;
mod pager;
mod source;
mod stacked_bar;
mod table;
mod value;

pub(super) use empty::empty_state;
pub(super) use pager::{PAGE_ROWS, pager};
pub(super) use source::{reason_class, source_class, source_legend, source_of};
pub(super) use stacked_bar::{BarPart, stacked_bar, text as bar_text};
pub(super) use table::Table;
pub(super) use value::Value;
