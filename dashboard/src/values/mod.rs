//! Reading and printing single values.

mod amount;
mod byte_size;
mod counters;
mod escape;
mod format;
#[cfg(feature = "command-line")]
mod missing_user;
mod time;

pub(crate) use amount::parse_usd;
pub(crate) use byte_size::ByteSize;
pub(crate) use counters::counter_meaning;
pub(crate) use escape::{escape, escape_lines, needs_escape, or_dash, visible};
#[cfg(feature = "command-line")]
pub(crate) use format::{DASH, estimate, format_amounts};
pub(crate) use format::{
    format_amount, format_duration, format_interval, format_number, format_percent, format_real,
    format_time, pluralize,
};
#[cfg(feature = "command-line")]
pub(crate) use missing_user::missing_user_reasons;
pub(crate) use time::parse_time;
