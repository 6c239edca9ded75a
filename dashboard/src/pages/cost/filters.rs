//! The groups and the conditions of the page of costs, which its URL holds.

use maud::{Markup, html};
use whose_store::{CostFilter, GroupBy};

use crate::pages::view::PageContext;
use crate::url_query::{InvalidParameter, UrlQuery};
use crate::values::escape;

/// The parameter that names a group of which the calls have none.
pub(super) const WITHOUT: &str = "without";

/// The groups that have no key of their own.
const GROUPS: [GroupBy; 9] = [
    GroupBy::User,
    GroupBy::Session,
    GroupBy::Conversation,
    GroupBy::Model,
    GroupBy::Provider,
    GroupBy::Agent,
    GroupBy::Tool,
    GroupBy::Service,
    GroupBy::Day,
];

/// The conditions of a URL: `model=gpt-4o`, `tag:plan=pro`, or `without=user`.
pub(super) fn filter_of(query: &UrlQuery) -> Result<CostFilter, InvalidParameter> {
    let mut filter = CostFilter::new();
    for (name, value) in query.pairs() {
        if name == WITHOUT {
            let by = value
                .parse()
                .map_err(|error: whose_store::ParseGroupByError| InvalidParameter {
                    name: WITHOUT,
                    reason: error.to_string(),
                })?;
            filter = filter.without(by);
        } else if let Ok(by) = name.parse::<GroupBy>() {
            filter = filter.only(by, value);
        }
    }
    Ok(filter)
}

/// The URL of the page with one more condition, in other groups.
pub(super) fn href_of_group(context: &PageContext, by: &GroupBy, key: Option<&str>) -> String {
    let next = match by {
        GroupBy::Model => "user",
        _ => "model",
    };
    let query = context.query.without("limit");
    let query = match key {
        Some(key) => query.with(&by.to_string(), key),
        None => query.with(WITHOUT, by.to_string()),
    };
    query.with("by", next).href(context.path)
}

/// The conditions, each with a link that removes it.
pub(super) fn filter_list(context: &PageContext, filter: &CostFilter) -> Markup {
    let mut conditions = filter.conditions().peekable();
    html! {
        @if conditions.peek().is_some() {
            ul.conditions aria-label="Filters" {
                @for (by, key) in conditions {
                    @let name = by.to_string();
                    @let others = match key {
                        Some(_) => context.query.without(&name),
                        None => context.query.without(WITHOUT),
                    };
                    @let href = others.without("limit").href(context.path);
                    @let condition = match key {
                        Some(key) => format!("{}: {}", escape(&name), escape(key)),
                        None => format!("no {}", escape(&name)),
                    };
                    li.condition {
                        span.id title=(condition) { (condition) }
                        a href=(href) hx-get=(href) aria-label={ "Remove the filter " (condition) } { "×" }
                    }
                }
            }
        }
    }
}

/// Links to the same calls in other groups, and a form for the groups of a tag or an attribute.
pub(super) fn group_tabs(context: &PageContext, current: &GroupBy) -> Markup {
    let others = context.query.without("by").without("limit");
    let is_keyed = matches!(current, GroupBy::Tag(_) | GroupBy::Attr(_));
    html! {
        div.tabs {
            nav aria-label="Groups" {
                @for by in &GROUPS {
                    @let href = others.with("by", by.to_string()).href(context.path);
                    a href=(href) hx-get=(href) aria-current=[(by == current).then_some("true")] {
                        (by.to_string())
                    }
                }
            }
            form action=(context.path) method="get" {
                @for (name, value) in others.pairs() {
                    input type="hidden" name=(name) value=(value);
                }
                label {
                    "Tag or attribute "
                    input name="by" required placeholder="tag:plan" size="12"
                        pattern="(tag|attr):.+" title="tag:KEY or attr:KEY"
                        value=[is_keyed.then(|| current.to_string())];
                }
                button type="submit" { "Group" }
            }
        }
    }
}
