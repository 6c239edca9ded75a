//! The search in all records.

use maud::{Markup, html};
use serde::Serialize;
use whose_store::{Identity, Queries, RecordRow, SearchField};

use super::components::{PAGE_ROWS, empty_state, pager};
use super::page_error::PageError;
use super::search_box::{mistakes, search_box};
use super::search_facets::facet_list;
use super::search_table::table;
use super::view::{PageBody, PageContext, View};
use crate::export::CsvTable;
use crate::query_language::{SearchText, SyntaxError, Term};
use crate::url_query::{InvalidParameter, UrlQuery, href};
use crate::values::{escape, visible};

/// The most words that are looked up as ids of users and sessions.
const MAX_IDENTITIES: usize = 8;

/// What can be typed, and what it finds.
const EXAMPLES: &[(&str, &str)] = &[
    ("refund late", "records with both words"),
    (
        "\"card declined\" time*",
        "a phrase, and words that begin with “time”",
    ),
    ("level:error -user:*", "errors without a user"),
    ("duration:>1s kind:tool", "slow calls of tools"),
    (
        "cost:>0.01 since:24h",
        "expensive model calls of the last day",
    ),
    (
        "@plan:pro failed:true",
        "failures of users whose attribute is “pro”",
    ),
];

/// The records that fulfil the conditions of the parameter `q`, newest first.
#[derive(Debug)]
pub(crate) struct SearchView;

/// The data of [`SearchView`].
#[derive(Debug, Serialize)]
pub(crate) struct Search {
    records: Vec<RecordRow>,
    /// The value of `after` for the next page.
    next: Option<i64>,
    /// The users and the sessions that a word of the search names.
    identities: Vec<NamedIdentity>,
    /// The users that the search is limited to.
    #[serde(skip)]
    viewed: Vec<String>,
    #[serde(skip)]
    errors: Vec<SyntaxError>,
}

/// A user or a session, as a word of the search names it.
#[derive(Debug, Serialize)]
struct NamedIdentity {
    word: String,
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
}

impl View for SearchView {
    type Data = Search;

    const PATH: &'static str = "/search";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Search, PageError> {
        let page_rows = query.page_rows(PAGE_ROWS)?;
        let range = query.range(page_rows + 1)?;
        let after = query.parsed("after")?;
        let text = SearchText::parse(query.get("q").unwrap_or_default());
        if !text.errors.is_empty() {
            return Ok(Search {
                records: Vec::new(),
                next: None,
                identities: Vec::new(),
                viewed: Vec::new(),
                errors: text.errors,
            });
        }
        let filter = text.filter();
        let filter = match after {
            Some(id) => filter.before(id),
            None => filter,
        };
        let rows = store.search(&filter, &range)?;
        let mut records = rows.collect::<Result<Vec<_>, _>>()?;
        // One record more than the page shows tells whether there is another page.
        let has_more = records.len() > page_rows;
        records.truncate(page_rows);
        let last = records.last().map(|row| row.id);
        Ok(Search {
            records,
            next: last.filter(|_| has_more),
            identities: identities(store, &text)?,
            viewed: text.known_users(store)?,
            errors: Vec::new(),
        })
    }

    fn viewed_users(data: &Search, _: &UrlQuery) -> Vec<String> {
        data.viewed.clone()
    }

    fn body(data: &Search, context: &PageContext) -> PageBody {
        let text = context.query.get("q").unwrap_or_default();
        let kept = context.query.only(&["since", "until"]);
        let after = data.next.map(|id| id.to_string());
        let content = html! {
            (search_box("search", text, &kept))
            @if !data.errors.is_empty() {
                (mistakes(text, &data.errors))
            }
            @for identity in &data.identities {
                (identity.html())
            }
            @if data.errors.is_empty() && !data.records.is_empty() {
                (facet_list(&data.records, context))
                (table(context).html(&data.records, context))
                (pager(context, after.as_deref()))
            } @else if data.errors.is_empty() {
                (empty_state(
                    "No record fulfils every condition in this time range.",
                    "Remove a condition, or choose a longer time range.",
                ))
            }
            (examples(&kept, data.records.is_empty()))
        };
        PageBody::new("Search", content)
    }

    fn csv(data: &Search) -> CsvTable {
        let context = PageContext::new(Self::PATH, UrlQuery::default());
        table(&context).csv(&data.records)
    }

    fn rejection(data: &Search, query: &UrlQuery) -> Option<InvalidParameter> {
        let text = query.get("q").unwrap_or_default();
        let mistake = |error: &SyntaxError| {
            let part = visible(text.get(error.at.clone()).unwrap_or_default());
            format!("at byte {}, {part}: {}", error.at.start, error.message)
        };
        let mistakes: Vec<_> = data.errors.iter().map(mistake).collect();
        (!mistakes.is_empty()).then(|| InvalidParameter {
            name: "q",
            reason: mistakes.join("; "),
        })
    }
}

impl NamedIdentity {
    fn html(&self) -> Markup {
        let (path, field) = match self.kind {
            "user" => ("/person", SearchField::User),
            _ => ("/session", SearchField::Session),
        };
        let term = Term::is(field, &self.id).to_string();
        html! {
            p.identity {
                (escape(&self.word)) " is "
                @if self.word == self.id { "a " } @else { "of the " }
                (self.kind) ": "
                a href=(href(path, "id", &self.id)) { "open " (escape(&self.id)) }
                " · search for "
                a href=(href(SearchView::PATH, "q", &term)) { code { (visible(&term)) } }
            }
        }
    }
}

/// The users and the sessions whose id or email address is a word of the search.
fn identities(store: &dyn Queries, text: &SearchText) -> Result<Vec<NamedIdentity>, PageError> {
    let mut identities = Vec::new();
    for word in text.words().take(MAX_IDENTITIES) {
        for identity in store.find_identity(word)? {
            let (kind, id) = match identity {
                Identity::User { id, .. } => ("user", id),
                Identity::Session { id } => ("session", id),
                _ => continue,
            };
            identities.push(NamedIdentity {
                word: word.to_owned(),
                kind,
                id,
            });
        }
    }
    Ok(identities)
}

fn examples(kept: &UrlQuery, is_open: bool) -> Markup {
    html! {
        details.examples open[is_open] {
            summary { "What can be searched for" }
            dl {
                @for (text, meaning) in EXAMPLES {
                    div {
                        dt { a href=(kept.with("q", *text).href(SearchView::PATH)) { code { (text) } } }
                        dd { (meaning) }
                    }
                }
            }
            p.muted {
                "All conditions hold together. Type a field, such as user, model or tag., for suggestions. "
                code { "field:*" } " finds every record with a value, and " code { "-" } " excludes."
            }
        }
    }
}
