//! The JSON twins of the pages.

mod json;
mod suggest;

pub(crate) use json::{to_json, to_visible_json};
pub(crate) use suggest::suggest;
