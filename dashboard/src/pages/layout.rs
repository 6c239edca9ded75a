//! The frame of every page.

use maud::{DOCTYPE, Markup, html};
use whose_store::StoreError;

use super::components::without_page;
use super::page_error::PageError;
use super::search_box::search_box;
use super::view::{PageBody, PageContext};
use crate::url_query::UrlQuery;

/// A page of the navigation: its path and its name.
struct Entry(&'static str, &'static str);

const NAVIGATION: &[Entry] = &[
    Entry("/users", "Users"),
    Entry("/sessions", "Sessions"),
    Entry("/cost", "Cost"),
    Entry("/graph", "Graph"),
    Entry("/errors", "Errors"),
    Entry("/jobs", "Jobs"),
    Entry("/scores", "Scores"),
    Entry("/search", "Search"),
    Entry("/attribution", "Attribution"),
    Entry("/live", "Live"),
    Entry("/health", "Health"),
    Entry("/accesses", "Access log"),
];

/// The time ranges that the reader chooses from: the value of `since`, and its name.
const RANGES: &[(&str, &str)] = &[
    ("", "All time"),
    ("15m", "Last 15 minutes"),
    ("1h", "Last hour"),
    ("24h", "Last 24 hours"),
    ("7d", "Last 7 days"),
    ("30d", "Last 30 days"),
];

/// The parameters that the navigation keeps from page to page.
const KEPT: &[&str] = &["since", "until"];

/// A whole page.
pub(crate) fn page(body: &PageBody, context: &PageContext) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="htmx-config"
                    content=r#"{"allowEval":false,"includeIndicatorStyles":false,"selfRequestsOnly":true}"#;
                title { (body.title) " · whose" }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/assets/app.css";
                script src="/assets/htmx.js" defer {}
                script src="/assets/app.js" defer {}
                script src="/assets/search.js" defer {}
                @for script in body.scripts {
                    @if script.ends_with(".css") {
                        link rel="stylesheet" href={ "/assets/" (script) };
                    } @else {
                        script src={ "/assets/" (script) } defer {}
                    }
                }
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                (header(context))
                // Links with `hx-get` to the same view replace the content alone.
                main #content tabindex="-1" hx-target="#content" hx-select="#content"
                    hx-swap="outerHTML show:window:top" hx-push-url="true" {
                    @if let Some(reason) = &context.write_failure {
                        (write_failure(reason))
                    }
                    div.heading {
                        h1 { (body.title) }
                        @if context.is_view {
                            (twins(context))
                            (range_form(context))
                        }
                    }
                    (body.content)
                }
                (keyboard_help())
            }
        }
    }
}

/// What follows from a file that cannot be written.
fn write_failure(reason: &str) -> Markup {
    html! {
        p.notice role="alert" {
            strong { "The file cannot be written." }
            " " (reason) ". New records wait in the memory of the programs that make them, which count \
              the records that do not fit. Pages of one person are not shown, since no view can be logged."
        }
    }
}

/// A page without navigation: for a reader who has not signed in. `reload` is the page that the browser
/// loads next.
pub(crate) fn bare_page(title: &str, reload: Option<&str>, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if let Some(target) = reload {
                    meta http-equiv="refresh" content={ "0;url=" (target) };
                }
                title { (title) " · whose" }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/assets/app.css";
                script src="/assets/app.js" defer {}
            }
            body { main #content { (content) } }
        }
    }
}

/// A page that says why the page of the context cannot be shown.
pub(crate) fn error_page(error: &PageError, context: &PageContext) -> Markup {
    let (title, advice) = match error {
        PageError::Parameter(_) => (
            "The address is not valid",
            "Change the value and try again.",
        ),
        PageError::NotFound(_) | PageError::Unknown(_) => (
            "Not found",
            "The records may be older than the retention allows, or of a user who was erased.",
        ),
        PageError::ReasonRequired => return reason_page(context),
        PageError::AccessLog(_) => (
            "The view cannot be logged",
            "Records of a person are shown only after the view is in the access log. The page works \
             again when the file can be written.",
        ),
        PageError::Store(StoreError::NotFound { .. }) => (
            "The file is gone",
            "The file of the store was deleted or moved while the server ran. The pages work again when \
             there is a store at that path.",
        ),
        PageError::FileReplaced | PageError::Store(StoreError::LogOfOtherFile { .. }) => (
            "The file was replaced",
            "The server shows no records of two files on one page.",
        ),
        PageError::Store(_) | PageError::Json(_) | PageError::Stopped => (
            "The store cannot be read",
            "The page works again when the cause is gone.",
        ),
    };
    let content = html! {
        div.error role="alert" {
            p { strong { (error) } }
            p { (advice) }
        }
    };
    page(&PageBody::new(title, content), context)
}

/// A page that asks why the reader wants to see the records of a person.
fn reason_page(context: &PageContext) -> Markup {
    let others = context.query.without("reason");
    let content = html! {
        form.reason action=(context.path) method="get" {
            p { "This page shows the records of a person. The access log keeps your reason." }
            @for (name, value) in others.pairs() {
                input type="hidden" name=(name) value=(value);
            }
            label for="reason" { "Why do you look?" }
            input #reason type="text" name="reason" required maxlength="500" autofocus
                placeholder="Ticket 4711: a refund is missing";
            button type="submit" { "Show the page" }
        }
    };
    page(&PageBody::new("State a reason", content), context)
}

fn header(context: &PageContext) -> Markup {
    let kept = context.query.only(KEPT);
    html! {
        header.top {
            a.brand href=(kept.href("/users")) {
                img src="/assets/icon.svg" alt="" width="20" height="20";
                "whose"
            }
            nav aria-label="Views" {
                @for Entry(path, name) in NAVIGATION {
                    @let is_current = context.path == *path;
                    a href=(kept.href(path)) aria-current=[is_current.then_some("page")] { (name) }
                }
            }
            // The page of the search has its own box.
            @if context.path != "/search" {
                (search_box("header-search", "", &kept))
            }
            button #theme type="button" title="Switch between light and dark" { "Theme" }
            @if context.is_signed_in {
                form.sign-out action="/sign-out" method="post" {
                    button type="submit" { "Sign out" }
                }
            }
        }
    }
}

/// The form that chooses the time range of the page.
fn range_form(context: &PageContext) -> Markup {
    let since = context.query.get("since").unwrap_or_default();
    let is_listed = RANGES.iter().any(|(value, _)| *value == since);
    let others: UrlQuery = without_page(&context.query).without("since");
    html! {
        form.range action=(context.path) method="get" hx-get=(context.path) hx-trigger="change" {
            @for (name, value) in others.pairs() {
                input type="hidden" name=(name) value=(value);
            }
            label {
                span.hidden { "Time range" }
                select name="since" {
                    @for (value, name) in RANGES {
                        option value=(value) selected[*value == since] { (name) }
                    }
                    @if !is_listed {
                        option value=(since) selected { "Since " (since) }
                    }
                }
            }
            noscript { button type="submit" { "Apply" } }
        }
    }
}

fn twins(context: &PageContext) -> Markup {
    html! {
        nav.twins aria-label="The same data" {
            a href=(context.twin(".json")) { "JSON" }
            a href=(context.twin(".csv")) { "CSV" }
            a href=(context.twin(".sql")) { "Show the SQL" }
        }
    }
}

fn keyboard_help() -> Markup {
    html! {
        dialog #keys aria-labelledby="keys-title" {
            h2 #keys-title { "Keys" }
            dl {
                dt { kbd { "/" } } dd { "Go to the search" }
                dt { kbd { "j" } " " kbd { "k" } } dd { "Next row, previous row" }
                dt { kbd { "Enter" } } dd { "Open the row" }
                dt { kbd { "?" } } dd { "Show this list" }
            }
            form method="dialog" { button { "Close" } }
        }
    }
}
