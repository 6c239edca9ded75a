//! The links to the pages on both sides of a page.

use maud::{Markup, html};
use whose_store::RecordKey;

use crate::pages::view::PageContext;
use crate::url_query::UrlQuery;

/// The parameters that choose a page of a list.
const PAGES: [&str; 7] = [
    "after",
    "before",
    "at",
    "changes_after",
    "conversations_after",
    "sessions_after",
    "users_after",
];

/// The query without the parameters that choose a page.
pub(in crate::pages) fn without_page(query: &UrlQuery) -> UrlQuery {
    PAGES
        .iter()
        .fold(query.clone(), |query, name| query.without(name))
}

/// Links to the first page, to the page before `previous` and to the page after `next`.
pub(in crate::pages) fn key_pager(
    context: &PageContext,
    previous: Option<RecordKey>,
    next: Option<RecordKey>,
) -> Markup {
    let base = without_page(&context.query);
    let href = |name, key: RecordKey| base.with(name, key.to_string()).href(context.path);
    html! {
        @if previous.is_some() || next.is_some() {
            nav.pager aria-label="Pages" {
                @if let Some(key) = previous {
                    @let (first, before) = (base.href(context.path), href("before", key));
                    a href=(first) hx-get=(first) { "« First page" }
                    a rel="prev" href=(before) hx-get=(before) { "‹ Previous page" }
                }
                @if let Some(key) = next {
                    @let after = href("after", key);
                    a rel="next" href=(after) hx-get=(after) { "Next page ›" }
                }
            }
        }
    }
}
