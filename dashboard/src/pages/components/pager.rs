//! The link to the next page of a list.

use maud::{Markup, html};

use crate::pages::view::PageContext;

/// The rows of one page.
pub(in crate::pages) const PAGE_ROWS: usize = 100;

/// Links to the first page and to the page after the key `after`, where there is one.
pub(in crate::pages) fn pager(context: &PageContext, after: Option<&str>) -> Markup {
    let is_first = context.query.get("after").is_none();
    html! {
        nav.pager aria-label="Pages" {
            @if !is_first {
                @let first = context.query.without("after").href(context.path);
                a href=(first) hx-get=(first) { "« First page" }
            }
            @if let Some(after) = after {
                @let next = context.href_with("after", after);
                a rel="next" href=(next) hx-get=(next) { "Next page »" }
            }
        }
    }
}
