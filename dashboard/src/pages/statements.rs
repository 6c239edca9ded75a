//! The page of the statements that a view executes.

use maud::{Markup, html};

use super::layout::page;
use super::view::{PageBody, PageContext};

/// The statements that the view of the context executes, with their values.
pub(crate) fn statements_page(statements: &[String], context: &PageContext) -> Markup {
    let content = html! {
        p {
            "The page executes these statements, in this order. "
            a href=(context.query.href(context.path)) { "Back to the page" }
        }
        ol.statements {
            @for statement in statements {
                li { pre tabindex="0" { code { (statement) } } }
            }
        }
    };
    page(&PageBody::new("Statements", content), context)
}
