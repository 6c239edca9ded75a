//! User, session and actor on the log lines of `tracing_subscriber`'s `fmt` layer.

mod attributed;
mod hooks;
mod line;
mod line_format;
mod shown;

pub use attributed::{attributed, Attributed};
pub use line::Line;
pub use line_format::LineFormat;
