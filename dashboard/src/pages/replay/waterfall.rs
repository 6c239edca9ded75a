//! The waterfall of a trace: a row for each record, with a bar or a mark.

use maud::{Markup, html};
use whose_store::RecordRow;

use crate::pages::components::{class_badge, record_href, source_badge, subject};
use crate::pages::view::PageContext;
use crate::record_text::{TraceTree, TreeRow, end_of, summary};
use crate::url_query::href;
use crate::values::{escape, format_duration, pluralize};

use super::trace_range::trace_href;

/// The rows of a trace after which the others are folded.
const FOLD: usize = 60;
/// The width of a bar, in units of the picture.
const WIDTH: i128 = 1_000;
/// The deepest indentation.
const MAX_INDENT: usize = 12;

/// The records of a page and the record that is current.
#[derive(Clone, Copy)]
pub(super) struct Waterfall<'a> {
    pub(super) records: &'a [RecordRow],
    pub(super) current: Option<usize>,
    pub(super) context: &'a PageContext,
}

impl Waterfall<'_> {
    /// One trace. A long trace is folded: only its first rows, its failures and the current record are
    /// shown.
    pub(super) fn trace(&self, tree: &TraceTree) -> Markup {
        let is_unfolded = self.unfolded().any(|id| id == fold_name(tree));
        let is_shown = |at: usize, row: &TreeRow| {
            is_unfolded
                || at < FOLD
                || self.records[row.index].failed
                || self.current == Some(row.index)
        };
        let rows = tree.rows.iter().enumerate();
        let shown: Vec<_> = rows.filter(|(at, row)| is_shown(*at, row)).collect();
        let hidden = tree.rows.len() - shown.len();
        html! {
            section.trace {
                (self.heading(tree))
                div.table-frame tabindex="0" role="region" aria-label="Waterfall" {
                    table.rows.waterfall {
                        thead {
                            tr {
                                th scope="col" { "what" }
                                th.number scope="col" { "at" }
                                th.number scope="col" { "took" }
                                th.time scope="col" { "when" }
                                th scope="col" { "user" }
                                th scope="col" { "user from" }
                            }
                        }
                        tbody { @for (_, row) in &shown { (self.row(tree, row)) } }
                    }
                }
                @if hidden > 0 || is_unfolded && tree.rows.len() > FOLD {
                    p.fold { (self.fold_link(tree, hidden)) }
                }
            }
        }
    }

    fn heading(&self, tree: &TraceTree) -> Markup {
        let first = tree.rows.first().map(|row| &self.records[row.index]);
        let failed = tree
            .rows
            .iter()
            .filter(|row| self.records[row.index].failed);
        let failed = failed.count() as u64;
        let took = u64::try_from(tree.end.saturating_sub(tree.start)).ok();
        html! {
            div.heading {
                h2 { (first.map(summary).unwrap_or_default()) }
                span.muted {
                    (pluralize(tree.rows.len() as u64, "record")) " · "
                    (format_duration(took))
                }
                @if failed > 0 { span.badge.failed { (failed) " failed" } }
                @if let Some(href) = first.and_then(trace_href) {
                    a href=(href) { "Trace" }
                } @else {
                    span.muted { "outside every trace" }
                }
            }
        }
    }

    fn row(&self, tree: &TraceTree, row: &TreeRow) -> Markup {
        let record = &self.records[row.index];
        let is_current = self.current == Some(row.index);
        let start = record.time.as_nanos();
        let offset = u64::try_from(start.saturating_sub(tree.start)).unwrap_or_default();
        let time = format!("{:.9}", record.time);
        let at = self.context.query.with("at", &*time);
        let at = at.without("after").without("before");
        html! {
            tr.record.failed[record.failed].playing[is_current] id={ "r" (record.id) }
                aria-current=[is_current.then_some("true")]
                data-record=(record.id) data-time=(time)
                data-start=(start) data-end=(end_of(record)) data-failed[record.failed]
                data-what=(summary(record)) data-class=(record.class())
                data-user=[record.user.as_deref().map(escape)]
                data-source=[record.user_source.as_deref().or(record.unattributed.as_deref()).map(escape)]
                data-session-href=[record.session.as_deref().map(|id| href("/session", "id", id))]
                data-user-href=[record.user.as_deref().map(|id| href("/person", "id", id))]
                data-session=[record.session.as_deref().map(escape)]
                data-actor=[record.actor.as_deref().map(escape)] {
                td.(format!("name depth-{}", row.depth.min(MAX_INDENT))) {
                    (class_badge(record)) " "
                    a href=(record_href(record.id)) title=(summary(record)) { (summary(record)) }
                }
                td.number { a.moment-link href=(at.href(self.context.path)) { "+" (format_duration(Some(offset))) } }
                td.number { @if record.duration_ns.is_some() { (format_duration(record.duration_ns)) } }
                td.time { (bar(tree, record)) }
                td { (subject(record)) }
                td { (source_badge(record)) }
            }
        }
    }

    fn unfolded(&self) -> impl Iterator<Item = &str> {
        let list = self.context.query.get("unfold").unwrap_or_default();
        list.split(',').filter(|id| !id.is_empty())
    }

    fn fold_link(&self, tree: &TraceTree, hidden: usize) -> Markup {
        let name = fold_name(tree);
        let others = self.unfolded().filter(|id| *id != name);
        let mut unfolded: Vec<_> = others.collect();
        if hidden > 0 {
            unfolded.push(name);
        }
        let query = self.context.query.with("unfold", unfolded.join(","));
        let href = query.href(self.context.path);
        html! {
            a href=(href) hx-get=(href) {
                @if hidden > 0 {
                    "Unfold " (pluralize(hidden as u64, "record"))
                } @else {
                    "Fold this trace"
                }
            }
        }
    }
}

/// The name of a trace in the parameter `unfold`.
fn fold_name(tree: &TraceTree) -> &str {
    tree.trace_id.as_deref().unwrap_or("none")
}

/// A bar for a span, a mark for another record. The columns `at` and `took` state the same.
fn bar(tree: &TraceTree, record: &RecordRow) -> Markup {
    let total = (i128::from(tree.end) - i128::from(tree.start)).max(1);
    let scaled = |nanos: i128| (nanos * WIDTH / total).clamp(0, WIDTH);
    let x = scaled(i128::from(record.time.as_nanos()) - i128::from(tree.start));
    let duration = record.duration_ns.map(|nanos| scaled(i128::from(nanos)));
    let class = match (record.failed, duration) {
        (true, _) => "failed",
        (false, Some(_)) => "span",
        (false, None) => "event",
    };
    let width = duration.unwrap_or(4).max(4);
    html! {
        svg.span-bar aria-hidden="true" viewBox="0 0 1000 12" preserveAspectRatio="none" {
            rect.(class) x=(x.min(WIDTH - 4)) y="2" width=(width) height="8" {}
        }
    }
}
