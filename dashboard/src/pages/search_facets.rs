//! The values of the shown records, each with its count.

use std::collections::BTreeMap;

use maud::{Markup, html};
use whose_store::{RecordRow, SearchField};

use super::search_table::href_with;
use super::view::PageContext;
use crate::query_language::Term;
use crate::values::{escape, format_number};

/// The most values of a field.
const MAX_VALUES: usize = 6;

/// A field, and how often each value is shown, the most frequent value first.
struct Facet {
    title: &'static str,
    field: SearchField,
    values: Vec<(String, u64)>,
}

fn facets(records: &[RecordRow]) -> Vec<Facet> {
    type Read = fn(&RecordRow) -> Option<&String>;
    let fields: [(&'static str, SearchField, Read); 5] = [
        ("Type", SearchField::Type, |row| Some(&row.record_type)),
        ("Level", SearchField::Level, |row| Some(&row.level)),
        ("Kind", SearchField::Kind, |row| row.kind.as_ref()),
        ("User from", SearchField::Source, |row| {
            row.user_source.as_ref()
        }),
        ("No user", SearchField::Reason, |row| {
            match row.user_source {
                Some(_) => None,
                None => row.unattributed.as_ref(),
            }
        }),
    ];
    let facet = |(title, field, read): (_, _, Read)| {
        let mut counts: BTreeMap<&String, u64> = BTreeMap::new();
        for value in records.iter().filter_map(read) {
            *counts.entry(value).or_default() += 1;
        }
        let mut values: Vec<_> = counts.into_iter().collect();
        values.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let values = values.into_iter().take(MAX_VALUES);
        Facet {
            title,
            field,
            values: values
                .map(|(value, count)| (value.clone(), count))
                .collect(),
        }
    };
    let facets = fields.into_iter().map(facet);
    facets.filter(|facet| !facet.values.is_empty()).collect()
}

/// The facets of the shown records. Each value narrows the search.
pub(super) fn facet_list(records: &[RecordRow], context: &PageContext) -> Markup {
    html! {
        nav.facets aria-label="Narrow the search by a value of the shown records" {
            @for facet in facets(records) {
                div {
                    h2 { (facet.title) }
                    ul {
                        @for (value, count) in facet.values {
                            @let term = Term::is(facet.field.clone(), &value);
                            li {
                                a href=(href_with(context, &term)) { (escape(&value)) }
                                " "
                                span.muted { (format_number(count)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
