//! The box that a search is typed into.

use maud::{Markup, html};

use crate::query_language::{SyntaxError, annotate};
use crate::url_query::UrlQuery;
use crate::values::visible;

/// A form that leads to the search, with the parameters `kept`. A script suggests fields and values.
pub(super) fn search_box(id: &str, text: &str, kept: &UrlQuery) -> Markup {
    let list = format!("{id}-list");
    html! {
        form.search role="search" action="/search" method="get" {
            label.hidden for=(id) { "Search" }
            div.combobox {
                input id=(id) type="search" name="q" value=(text) placeholder="Search  /"
                    autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="4000"
                    data-suggest="/search/suggest.json" data-list=(list);
                ul id=(list) hidden {}
            }
            @for (name, value) in kept.pairs() {
                input type="hidden" name=(name) value=(value);
            }
            button type="submit" { "Search" }
        }
    }
}

/// The text with its mistakes marked, and what is wrong with each.
pub(super) fn mistakes(text: &str, errors: &[SyntaxError]) -> Markup {
    html! {
        div.mistakes role="alert" {
            pre tabindex="0" {
                code {
                    @for part in annotate(text, errors) {
                        @match part.error {
                            Some(number) => mark {
                                (visible(part.text)) sup { (number) }
                            },
                            None => (visible(part.text)),
                        }
                    }
                }
            }
            ol {
                @for error in errors {
                    li {
                        code { (visible(text.get(error.at.clone()).unwrap_or_default())) }
                        ": " (with_code(&error.message))
                    }
                }
            }
        }
    }
}

/// A message whose parts between backticks are code.
fn with_code(message: &str) -> Markup {
    html! {
        @for (index, part) in message.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
