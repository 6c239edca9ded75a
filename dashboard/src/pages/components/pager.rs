//! The link to the next page of a list.

use maud::{Markup, html};

use crate::pages::view::PageContext;
use crate::values::pluralize;

/// The rows of one page.
pub(in crate::pages) const PAGE_ROWS: usize = 100;

/// Links to the first page and to the page after the key `after`, where there is one.
pub(in crate::pages) fn pager(context: &PageContext, after: Option<&str>) -> Markup {
    links(context, "after", after, &html! {})
}

/// The same for a list whose key is the parameter `name`, with the number of rows that follow.
pub(in crate::pages) fn list_pager(
    context: &PageContext,
    name: &str,
    after: Option<&str>,
    (more, what): (u64, &str),
) -> Markup {
    let count = html! {
        @if more > 0 { span.muted { "and " (pluralize(more, what)) } }
    };
    links(context, name, after, &count)
}

fn links(context: &PageContext, name: &str, after: Option<&str>, count: &Markup) -> Markup {
    let is_first = context.query.get(name).is_none();
    if is_first && after.is_none() {
        return html! {};
    }
    html! {
        nav.pager aria-label="Pages" {
            @if !is_first {
                @let first = context.query.without(name).href(context.path);
                a href=(first) hx-get=(first) { "« First page" }
            }
            (count)
            @if let Some(after) = after {
                @let next = context.href_with(name, after);
                a rel="next" href=(next) hx-get=(next) { "Next page »" }
            }
        }
    }
}
