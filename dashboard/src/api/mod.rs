//! The JSON twins of the pages.

mod json;

pub(crate) use json::{to_json, to_visible_json};
