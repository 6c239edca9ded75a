//! The parts that views share.

mod empty;
mod pager;
mod table;
mod trend;
mod value;

pub(super) use empty::empty_state;
pub(super) use pager::{PAGE_ROWS, pager};
pub(super) use table::Table;
pub(super) use trend::{TREND_PARTS, bars, chart, line};
pub(super) use value::Value;
