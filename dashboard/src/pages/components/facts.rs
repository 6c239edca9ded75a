//! A short list of names and values.

use maud::{Markup, html};

use super::value::Value;

/// The values with their names; values that are missing are left out.
pub(in crate::pages) fn facts(values: &[(&str, Value)]) -> Markup {
    let known = values.iter();
    let known = known.filter(|(_, value)| !matches!(value, Value::Missing));
    html! {
        dl.facts {
            @for (name, value) in known {
                div { dt { (name) } dd { (value.html()) } }
            }
        }
    }
}
