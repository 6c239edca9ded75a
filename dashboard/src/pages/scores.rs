//! The scores by name, over time, and the sessions with the lowest ones.

use std::collections::HashMap;

use maud::{Markup, html};
use serde::Serialize;
use whose_store::{Queries, ScoreFilter, ScoreSession, ScoreSummary, ScoreTrend, TimeParts};

use super::components::{
    PAGE_ROWS, TREND_PARTS, Table, Value, bars, chart, empty_state, line, list_pager,
};
use super::list_page::ListPage;
use super::page_error::PageError;
use super::time_range;
use super::view::{PageBody, PageContext, View};
use crate::export::CsvTable;
use crate::url_query::{InvalidParameter, UrlQuery, href};
use crate::values::{escape, format_number, pluralize};

/// The scores: a summary for each name, one name over time, and its worst sessions.
#[derive(Debug)]
pub(crate) struct ScoresView;

/// The most sessions of the list of worst sessions.
const SESSIONS: usize = 20;
/// The parameter with the session after which the list of sessions begins.
const SESSIONS_AFTER: &str = "sessions_after";

/// The data of [`ScoresView`].
#[derive(Debug, Serialize)]
pub(crate) struct Scores {
    names: Vec<NameOverTime>,
    /// The name whose chart and sessions are shown.
    selected: Option<String>,
    worst_sessions: Vec<ScoreSession>,
    /// The sessions that follow.
    more_sessions: u64,
    /// The last session, if more follow: the value of `sessions_after`.
    next_session: Option<String>,
    #[serde(skip)]
    parts: Option<TimeParts>,
}

/// The scores of one name, with the number of scores and their mean in equal parts of the time.
#[derive(Debug, Serialize)]
struct NameOverTime {
    #[serde(flatten)]
    summary: ScoreSummary,
    counts: Vec<u64>,
    means: Vec<Option<f64>>,
}

impl View for ScoresView {
    type Data = Scores;

    const PATH: &'static str = "/scores";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Scores, PageError> {
        let filter = filter(query);
        let summaries = store.scores(&filter, &query.range(0)?)?.summary;
        let parts = time_parts(&summaries, query)?;
        let trends = match &parts {
            Some(parts) => store.score_trends(&filter, parts)?,
            None => Vec::new(),
        };
        let selected = selected(&summaries, query);
        let worst_sessions = match &selected {
            Some(name) => {
                let rows = store.score_sessions(name, &query.range(SESSIONS)?.unlimited())?;
                let name = |row: &ScoreSession| row.session.clone();
                ListPage::read(rows, query.get(SESSIONS_AFTER), SESSIONS, name)?
            }
            None => ListPage::default(),
        };
        Ok(Scores {
            names: over_time(summaries, trends),
            selected,
            worst_sessions: worst_sessions.rows,
            more_sessions: worst_sessions.more,
            next_session: worst_sessions.next,
            parts,
        })
    }

    fn body(data: &Scores, context: &PageContext) -> PageBody {
        let count = data.names.iter().map(|name| name.summary.count).sum();
        let content = html! {
            p.summary {
                (pluralize(count, "score")) " of " (pluralize(data.names.len() as u64, "name"))
                (filters(context))
            }
            @if data.names.is_empty() {
                (empty_state(
                    "No score in this time range.",
                    "Choose a longer time range, or report scores with `whose::score(\"helpful\", 1).record()`.",
                ))
            } @else {
                (table(context).html(shown(&data.names), context))
                @if data.names.len() > PAGE_ROWS {
                    p.muted { "and " (pluralize((data.names.len() - PAGE_ROWS) as u64, "more name")) }
                }
                (details(data, context))
            }
        };
        PageBody::new("Scores", content)
    }

    fn csv(data: &Scores) -> CsvTable {
        table(&PageContext::new(Self::PATH, UrlQuery::default())).csv(&data.names)
    }
}

/// The names that the page has room for.
fn shown(names: &[NameOverTime]) -> &[NameOverTime] {
    names.get(..PAGE_ROWS).unwrap_or(names)
}

/// The parameters that choose scores.
const FILTERS: [&str; 3] = ["user", "session", "conversation"];

fn filter(query: &UrlQuery) -> ScoreFilter {
    let [user, session, conversation] = FILTERS.map(|name| query.get(name));
    let filter = ScoreFilter::new();
    let filter = user.map_or(filter.clone(), |id| filter.user(id));
    let filter = session.map_or(filter.clone(), |id| filter.session(id));
    conversation.map_or(filter.clone(), |id| filter.conversation(id))
}

/// The filters of the page, each with a link that removes it.
fn filters(context: &PageContext) -> Markup {
    html! {
        @for name in FILTERS {
            @if let Some(value) = context.query.get(name) {
                " · " (name) " " (Value::text(Some(value)).html()) " "
                a href=(context.query.without(name).href(context.path)) { "Show all" }
            }
        }
    }
}

/// The name of the URL, or else the first one with numbers.
fn selected(summaries: &[ScoreSummary], query: &UrlQuery) -> Option<String> {
    let has_numbers = || summaries.iter().find(|summary| summary.mean.is_some());
    let given = query.get("name").map(str::to_owned);
    given.or_else(|| Some(has_numbers()?.name.clone()))
}

/// The time of the page in parts: the time range of the URL, or the time of the scores; `None`
/// without a score.
fn time_parts(
    summaries: &[ScoreSummary],
    query: &UrlQuery,
) -> Result<Option<TimeParts>, InvalidParameter> {
    let first = summaries.iter().map(|summary| summary.first_seen).min();
    let last = summaries.iter().map(|summary| summary.last_seen).max();
    time_range::time_parts(first.zip(last), TREND_PARTS, query)
}

fn over_time(summaries: Vec<ScoreSummary>, trends: Vec<ScoreTrend>) -> Vec<NameOverTime> {
    let by_name = trends.into_iter().map(|trend| (trend.name.clone(), trend));
    let mut by_name: HashMap<_, _> = by_name.collect();
    let names = summaries.into_iter().map(|summary| {
        let trend = by_name.remove(&summary.name).unwrap_or_default();
        NameOverTime {
            summary,
            counts: trend.counts,
            means: trend.means,
        }
    });
    names.collect()
}

fn table(context: &PageContext) -> Table<NameOverTime> {
    let query = context.query.clone();
    Table::new("Scores by name")
        .column("name", move |row: &NameOverTime| Value::Link {
            text: row.summary.name.clone(),
            href: query
                .without(SESSIONS_AFTER)
                .with("name", &*row.summary.name)
                .href(ScoresView::PATH),
        })
        .column("scores", |row| Value::number(row.summary.count))
        .column("scores over time", |row| bars(&row.counts))
        .column("mean", |row| real(row.summary.mean))
        .column("mean over time", |row| line(&row.means))
        .column("lowest", |row| real(row.summary.min))
        .column("highest", |row| real(row.summary.max))
        .column("labels", |row| labels(&row.summary))
        .column("newest", |row| Value::Time(row.summary.last_seen))
}

fn real(number: Option<f64>) -> Value {
    number.map_or(Value::Missing, Value::Real)
}

/// The labels with their numbers, most frequent first.
fn labels(summary: &ScoreSummary) -> Value {
    let mut labels: Vec<_> = summary.labels.iter().collect();
    labels.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let labels = labels.into_iter();
    let mut texts: Vec<_> = labels
        .map(|(label, count)| format!("{} {}", escape(label), format_number(*count)))
        .collect();
    if summary.other_labels > 0 {
        texts.push(format!("others {}", format_number(summary.other_labels)));
    }
    match texts.is_empty() {
        true => Value::Missing,
        false => Value::Text(texts.join(", ")),
    }
}

/// The selected name over time, and its worst sessions.
fn details(data: &Scores, context: &PageContext) -> Markup {
    let Some(name) = &data.selected else {
        return html! {};
    };
    let is_selected = |row: &&NameOverTime| row.summary.name == *name;
    html! {
        @if let (Some(row), Some(parts)) = (data.names.iter().find(is_selected), &data.parts) {
            @if row.summary.mean.is_some() {
                h2 { "Mean of " span.id { (escape(name)) } " over time" }
                (chart(&row.means, parts))
            }
        }
        h2 { "Worst sessions by " span.id { (escape(name)) } }
        @if data.worst_sessions.is_empty() {
            p.muted { "No session has a number of this score." }
        } @else {
            (sessions().html(&data.worst_sessions, context))
            @let more = (data.more_sessions, "more session");
            (list_pager(context, SESSIONS_AFTER, data.next_session.as_deref(), more))
        }
    }
}

fn sessions() -> Table<ScoreSession> {
    Table::new("Sessions, the lowest mean first")
        .column("session", |row: &ScoreSession| Value::Link {
            text: row.session.clone(),
            href: href("/session", "id", &row.session),
        })
        .column("mean", |row| Value::Real(row.mean))
        .column("lowest", |row| Value::Real(row.min))
        .column("highest", |row| Value::Real(row.max))
        .column("scores", |row| Value::number(row.scores))
        .column("newest", |row| Value::Time(row.last_seen))
}
