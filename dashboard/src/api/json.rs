//! JSON of a view's data.

use serde::Serialize;

/// The data as indented JSON.
pub(crate) fn to_json(data: &impl Serialize) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(data)?;
    text.push('\n');
    Ok(text)
}
