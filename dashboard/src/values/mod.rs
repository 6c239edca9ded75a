//! Reading and printing single values.

mod escape;
mod format;
mod time;

pub(crate) use escape::{escape, needs_escape, or_dash, visible};
pub(crate) use format::{
    DASH, estimate, format_amounts, format_bytes, format_duration, format_interval, format_number,
    format_percent, format_real, format_time, pluralize,
};
pub(crate) use time::parse_time;
