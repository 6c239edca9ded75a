//! The list of monitored jobs.

use maud::html;
use serde::Serialize;
use whose_store::{JobRow, JobStatus, Queries};

use super::components::{PAGE_ROWS, Table, Value, empty_state, list_pager};
use super::list_page::ListPage;
use super::page_error::PageError;
use super::view::{PageBody, PageContext, View};
use crate::export::CsvTable;
use crate::url_query::UrlQuery;
use crate::values::{format_interval, pluralize};

/// The monitored jobs: the last run of each, and the starts that it missed.
#[derive(Debug)]
pub(crate) struct JobsView;

/// The data of [`JobsView`].
#[derive(Debug, Serialize)]
pub(crate) struct Jobs {
    jobs: Vec<JobRow>,
    /// The jobs that follow.
    more: u64,
    /// The name of the last job, if more follow: the value of `after`.
    next: Option<String>,
}

impl View for JobsView {
    type Data = Jobs;

    const PATH: &'static str = "/jobs";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Jobs, PageError> {
        let limit = query.page_rows(PAGE_ROWS)?;
        let rows = store.jobs(&query.range(limit)?.unlimited())?;
        let name = |job: &JobRow| job.monitor.clone();
        let page = ListPage::read(rows, query.get("after"), limit, name)?;
        Ok(Jobs {
            jobs: page.rows,
            more: page.more,
            next: page.next,
        })
    }

    fn body(data: &Jobs, context: &PageContext) -> PageBody {
        let count = |is: fn(&JobRow) -> bool| data.jobs.iter().filter(|job| is(job)).count() as u64;
        let late = count(|job| job.late_since.is_some());
        let failed = count(|job| matches!(job.status, JobStatus::Failed | JobStatus::Overran));
        let content = html! {
            p.summary {
                (pluralize(data.jobs.len() as u64, "job"))
                @if data.more > 0 { " of this page" }
                " · " (late) " late · " (failed) " failed or overran in the last run"
            }
            @if data.jobs.is_empty() {
                (empty_state(
                    "No job has run in this time range or before.",
                    "Monitor a job with `#[whose::monitor(\"nightly\", every = \"1d\")]`: each run reports its \
                     start and its end.",
                ))
            } @else {
                (table().html(&data.jobs, context))
                (list_pager(context, "after", data.next.as_deref(), (data.more, "more job")))
            }
        };
        PageBody::new("Jobs", content)
    }

    fn csv(data: &Jobs) -> CsvTable {
        table().csv(&data.jobs)
    }
}

fn table() -> Table<JobRow> {
    Table::new("Jobs")
        .column("job", |job: &JobRow| Value::Text(job.monitor.clone()))
        .column("last run", |job| status(job.status))
        .column("started", |job| {
            job.last_start.map_or(Value::Missing, Value::Time)
        })
        .column("ended", |job| {
            job.last_end.map_or(Value::Missing, Value::Time)
        })
        .column("took", |job| {
            job.last_duration_ns.map_or(Value::Missing, Value::Duration)
        })
        .column("late since", |job| {
            job.late_since.map_or(Value::Missing, Value::Time)
        })
        .column("missed", |job| Value::number(job.missed))
        .column("every", |job| interval(job.every_ns))
        .column("at most", |job| interval(job.max_ns))
        .column("runs", |job| Value::number(job.runs))
        .column("failed", |job| Value::number(job.failures))
        .column("overran", |job| Value::number(job.overruns))
        .column("without an end", |job| Value::number(job.unfinished))
}

fn status(status: JobStatus) -> Value {
    let class = match status {
        JobStatus::Failed => "badge failed",
        JobStatus::Overran => "badge warning",
        _ => "badge",
    };
    Value::Picture {
        markup: html! { span class=(class) { (status.as_str()) } },
        text: status.as_str().to_owned(),
    }
}

fn interval(nanos: Option<u64>) -> Value {
    nanos.map_or(Value::Missing, |nanos| {
        Value::Text(format_interval(Some(nanos)))
    })
}
