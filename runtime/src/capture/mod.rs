pub(crate) mod attribute;
mod event;
mod flag;
pub(crate) mod functions;
pub mod panic;
pub(crate) mod report;
pub(crate) mod result;
pub(crate) mod score;
pub(crate) mod usage;

pub use flag::flag;
pub use functions::{capture_error, capture_message, error, message};
pub use report::ErrorReport;
pub use result::{ErrorMarker, ResultExt};
pub use score::{score, ScoreReport, ScoreValue};
pub use usage::{usage, UsageReport};
