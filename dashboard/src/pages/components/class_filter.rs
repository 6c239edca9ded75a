//! The chips that choose which classes of records a timeline shows.

use maud::{Markup, html};
use whose_store::{RecordClass, TrailFilter};

use super::badges::class_name;
use super::key_pager::without_page;
use crate::pages::page_error::PageError;
use crate::pages::view::PageContext;
use crate::url_query::{InvalidParameter, UrlQuery};

/// The classes that the parameter `show` lists, separated by commas; empty for every class.
pub(in crate::pages) fn shown_classes(
    query: &UrlQuery,
) -> Result<Vec<RecordClass>, InvalidParameter> {
    let names = query.get("show").unwrap_or_default().split(',');
    let names = names.filter(|name| !name.is_empty());
    let invalid = |error: whose_store::ParseRecordClassError| InvalidParameter {
        name: "show",
        reason: error.to_string(),
    };
    names.map(|name| name.parse().map_err(invalid)).collect()
}

/// The trail with only the classes of `show`, and with `late=1` only from before a login.
pub(in crate::pages) fn with_classes(
    filter: TrailFilter,
    query: &UrlQuery,
) -> Result<TrailFilter, PageError> {
    let filter = shown_classes(query)?
        .into_iter()
        .fold(filter, TrailFilter::class);
    Ok(match query.get("late") {
        Some(_) => filter.late(),
        None => filter,
    })
}

/// A chip for each class, and one for the records from before a login.
pub(in crate::pages) fn class_filter(context: &PageContext) -> Markup {
    let base = without_page(&context.query);
    let is_late = base.get("late").is_some();
    let late = match is_late {
        true => base.without("late"),
        false => base.with("late", "1"),
    };
    chips(context, Some(chip("before login", &late, is_late, context)))
}

/// A chip for each class.
pub(in crate::pages) fn class_chips(context: &PageContext) -> Markup {
    chips(context, None)
}

/// A chip for every record, one for each class, and another one.
fn chips(context: &PageContext, last: Option<Markup>) -> Markup {
    let base = without_page(&context.query);
    let shown = shown_classes(&base).unwrap_or_default();
    let everything = base.without("show").without("late");
    let is_everything = shown.is_empty() && base.get("late").is_none();
    html! {
        nav.chips aria-label="Show only" {
            (chip("all", &everything, is_everything, context))
            @for class in RecordClass::ALL {
                (chip(class_name(class), &toggled(&base, &shown, class), shown.contains(&class), context))
            }
            @if let Some(last) = last { (last) }
        }
    }
}

fn toggled(base: &UrlQuery, shown: &[RecordClass], class: RecordClass) -> UrlQuery {
    let mut classes = shown.to_vec();
    match classes.iter().position(|it| *it == class) {
        Some(at) => drop(classes.remove(at)),
        None => classes.push(class),
    }
    let names: Vec<_> = classes.iter().map(|class| class.as_str()).collect();
    base.with("show", names.join(","))
}

fn chip(name: &str, query: &UrlQuery, is_chosen: bool, context: &PageContext) -> Markup {
    let href = query.href(context.path);
    html! {
        a.chip href=(href) hx-get=(href) aria-current=[is_chosen.then_some("true")] {
            @if is_chosen { span aria-hidden="true" { "✓ " } }
            (name)
        }
    }
}
