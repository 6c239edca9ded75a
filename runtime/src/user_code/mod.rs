mod breadcrumb;
pub(crate) mod catch;
pub(crate) mod error_details;
pub(crate) mod json;
pub(crate) mod print;

pub use error_details::DynError;
pub(crate) use error_details::{details_of_dyn, details_of_error, details_of_other, known_type};
pub(crate) use json::{to_bounded_json, to_context};
