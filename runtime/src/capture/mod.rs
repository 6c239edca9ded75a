pub(crate) mod capture;
pub mod panic;
pub(crate) mod report;
pub(crate) mod result;
pub(crate) mod usage;

pub use capture::{capture_error, capture_message, error, message};
pub use report::ErrorReport;
pub use result::{ErrorMarker, ResultExt};
pub use usage::{usage, UsageReport};
