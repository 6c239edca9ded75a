//! What a view shows where it has no rows.

use maud::{Markup, html};

/// A statement that there is nothing, and what the reader can do.
pub(in crate::pages) fn empty_state(statement: &str, advice: &str) -> Markup {
    html! {
        div.empty {
            p { strong { (statement) } }
            p { (advice) }
        }
    }
}
