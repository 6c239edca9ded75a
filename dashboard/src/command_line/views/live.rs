//! The line of a new record.

use whose_store::RecordRow;

use crate::command_line::format::{shorten_end, shorten_middle};
use crate::record_text::summary;
use crate::values::{format_duration, format_time, or_dash};

/// The columns of the user on a line of limited width.
const USER_WIDTH: usize = 16;

/// The time, the class, the user, the summary and the duration of a record, on one line.
pub(crate) fn live_line(record: &RecordRow, width: Option<usize>) -> String {
    let user = or_dash(record.user.as_deref());
    let user = match width {
        Some(_) => shorten_middle(&user, USER_WIDTH),
        None => user,
    };
    let time = format_time(record.time);
    // A narrow line has the time of the day.
    let time = match (width, time.split_once('T')) {
        (Some(_), Some((_, time))) => time,
        _ => &time,
    };
    let failed = if record.failed { "FAILED " } else { "" };
    let took = match record.duration_ns {
        Some(_) => format!(", {}", format_duration(record.duration_ns)),
        None => String::new(),
    };
    let class = record.class().as_str();
    let line = format!(
        "{time}  {class:<5}  {user:<USER_WIDTH$}  {failed}{}{took}",
        summary(record)
    );
    match width {
        Some(width) => shorten_end(&line, width),
        None => line,
    }
}
