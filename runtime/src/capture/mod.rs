pub(crate) mod attribute;
pub(crate) mod functions;
pub mod panic;
pub(crate) mod report;
pub(crate) mod result;
pub(crate) mod usage;

pub use functions::{capture_error, capture_message, error, message};
pub use report::ErrorReport;
pub use result::{ErrorMarker, ResultExt};
pub use usage::{usage, UsageReport};
