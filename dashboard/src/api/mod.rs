//! The JSON twins of the pages.

mod json;
mod suggest;
mod visible_json;

pub(crate) use json::to_json;
pub(crate) use suggest::suggest;
pub(crate) use visible_json::to_visible_json;
#[cfg(feature = "mcp")]
pub(crate) use visible_json::to_visible_line;
#[cfg(feature = "command-line")]
pub(crate) use visible_json::{write_json, write_json_line};
