//! The table of monitored jobs.

use whose_store::{JobRow, JobStatus};

use crate::command_line::table::Table;
use crate::values::{
    DASH, escape, format_duration, format_interval, format_number, format_time, pluralize,
};

pub(crate) fn jobs() -> Table<JobRow> {
    let time = |time: Option<_>| time.map_or(DASH.into(), format_time);
    Table::new()
        .id("job", |job: &JobRow| escape(&job.monitor).into_owned())
        .text("status", |job| job.status.as_str().to_owned())
        .text("late since", move |job| time(job.late_since))
        .unless_empty()
        .text("last start", move |job| time(job.last_start))
        .number("took", |job| format_duration(job.last_duration_ns))
        .number("every", |job| format_interval(job.every_ns))
        .unless_empty()
        .number("max", |job| format_interval(job.max_ns))
        .unless_empty()
        .number("runs", |job| format_number(job.runs))
        .number("failed", |job| format_number(job.failures))
        .number("overran", |job| format_number(job.overruns))
        .number("missed", |job| format_number(job.missed))
        .number("no end", |job| format_number(job.unfinished))
        .unless_empty()
}

/// The sums over all jobs.
#[derive(Default)]
pub(crate) struct JobSums {
    jobs: u64,
    late: u64,
    failed: u64,
    overran: u64,
}

impl JobSums {
    pub(crate) fn add(&mut self, job: &JobRow) {
        self.jobs += 1;
        self.late += u64::from(job.late_since.is_some());
        self.failed += u64::from(job.status == JobStatus::Failed);
        self.overran += u64::from(job.status == JobStatus::Overran);
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        if self.jobs == 0 {
            return vec!["no monitored jobs".to_owned()];
        }
        let mut note = pluralize(self.jobs, "job");
        for (count, what) in [
            (self.late, "late"),
            (self.failed, "failed last"),
            (self.overran, "overran last"),
        ] {
            if count > 0 {
                note += &format!(", {} {what}", format_number(count));
            }
        }
        vec![note]
    }
}
