//! The state of a monitored job, from its check-ins in the order of the file.

use std::collections::VecDeque;

use whose::{CheckInStatus, Timestamp};

use super::job_row::{JobRow, JobStatus};

const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;

/// The most runs of a job without an end that wait for their end. Older ones count as unfinished.
const MAX_OPEN: usize = 1_024;

/// A check-in, as the file has it.
pub(super) struct CheckInRow {
    pub(super) run: String,
    pub(super) status: Option<CheckInStatus>,
    pub(super) every: Option<i64>,
    pub(super) longest: Option<i64>,
    pub(super) duration: Option<i64>,
    /// Nanoseconds since 1970.
    pub(super) time: i64,
}

/// A run without an end.
struct OpenRun {
    run: String,
    time: i64,
    longest: Option<i64>,
    is_in_range: bool,
}

impl OpenRun {
    fn is_over(&self, present: i64) -> bool {
        let age = present.saturating_sub(self.time);
        self.longest.is_some_and(|longest| age > longest)
    }
}

/// The start of the last run.
struct LastStart {
    run: String,
    time: i64,
    every: Option<i64>,
}

/// Sums the check-ins of one job.
pub(super) struct JobFold {
    row: JobRow,
    since: i64,
    present: i64,
    last: Option<LastStart>,
    open: VecDeque<OpenRun>,
    is_empty: bool,
}

impl JobFold {
    /// Counts what happened from `since` on, at the time `present`.
    pub(super) fn new(monitor: String, since: i64, present: i64) -> Self {
        let row = JobRow {
            monitor,
            status: JobStatus::Running,
            last_start: None,
            last_end: None,
            last_duration_ns: None,
            every_ns: None,
            max_ns: None,
            runs: 0,
            failures: 0,
            overruns: 0,
            unfinished: 0,
            missed: 0,
            late_since: None,
        };
        Self {
            row,
            since,
            present,
            last: None,
            open: VecDeque::new(),
            is_empty: true,
        }
    }

    /// Adds the next check-in. Ignores an unknown status.
    pub(super) fn add(&mut self, check_in: CheckInRow) {
        let Some(status) = check_in.status else {
            return;
        };
        self.is_empty = false;
        self.row.every_ns = positive(check_in.every).map(i64::unsigned_abs);
        self.row.max_ns = positive(check_in.longest).map(i64::unsigned_abs);
        match status {
            CheckInStatus::Started => self.start(check_in),
            _ => self.end(&check_in, status),
        }
    }

    fn start(&mut self, check_in: CheckInRow) {
        let CheckInRow { time, run, .. } = check_in;
        let is_in_range = time >= self.since;
        self.row.runs += u64::from(is_in_range);
        if self.open.len() == MAX_OPEN
            && let Some(oldest) = self.open.pop_front()
        {
            self.give_up(&oldest);
        }
        self.open.push_back(OpenRun {
            run: run.clone(),
            time,
            longest: check_in.longest,
            is_in_range,
        });
        // Where several processes write, a start can follow a later one.
        if self.last.as_ref().is_some_and(|last| time < last.time) {
            return;
        }
        self.count_missed(time);
        self.row.status = JobStatus::Running;
        self.row.last_start = Some(Timestamp::from_nanos(time));
        self.last = Some(LastStart {
            run,
            time,
            every: positive(check_in.every),
        });
    }

    fn end(&mut self, check_in: &CheckInRow, status: CheckInStatus) {
        if let Some(at) = self.open.iter().rposition(|open| open.run == check_in.run) {
            self.open.remove(at);
        }
        let has_overrun = status == CheckInStatus::Overran
            || matches!((check_in.duration, check_in.longest), (Some(took), Some(longest)) if took > longest);
        if check_in.time >= self.since {
            self.row.failures += u64::from(status == CheckInStatus::Failed);
            self.row.overruns += u64::from(has_overrun);
        }
        let end = Timestamp::from_nanos(check_in.time);
        if self.row.last_end.is_none_or(|last| last <= end) {
            self.row.last_end = Some(end);
            self.row.last_duration_ns = check_in.duration.map(|took| took.max(0).unsigned_abs());
        }
        let is_last = |last: &LastStart| last.run == check_in.run;
        if self.last.as_ref().is_none_or(is_last) {
            self.row.status = match status {
                CheckInStatus::Failed => JobStatus::Failed,
                CheckInStatus::Overran => JobStatus::Overran,
                _ => JobStatus::Ok,
            };
        }
    }

    /// Counts a run that has no end.
    fn give_up(&mut self, open: &OpenRun) {
        if open.is_in_range {
            self.row.unfinished += 1;
            self.row.overruns += u64::from(open.is_over(self.present));
        }
    }

    /// Counts the starts that were expected after the last one and before `time`, and did not come.
    fn count_missed(&mut self, time: i64) {
        let Some(LastStart {
            time: last,
            every: Some(every),
            ..
        }) = self.last
        else {
            return;
        };
        self.row.missed = self
            .row
            .missed
            .saturating_add(missed(last, every, time, self.since));
    }

    /// The row; `None` if the job has no check-in.
    pub(super) fn finish(mut self) -> Option<JobRow> {
        if self.is_empty {
            return None;
        }
        self.count_missed(self.present);
        if let Some(last) = &self.last {
            let is_over = |open: &OpenRun| open.run == last.run && open.is_over(self.present);
            if self.row.status == JobStatus::Running && self.open.iter().any(is_over) {
                self.row.status = JobStatus::Overran;
            }
            self.row.late_since = last.every.and_then(|every| {
                let expected = last.time.saturating_add(every);
                let is_late = self.present > expected.saturating_add(grace(every));
                is_late.then(|| Timestamp::from_nanos(expected))
            });
        }
        for open in std::mem::take(&mut self.open) {
            self.give_up(&open);
        }
        Some(self.row)
    }
}

fn positive(nanos: Option<i64>) -> Option<i64> {
    nanos.filter(|nanos| *nanos > 0)
}

/// How late a start may come: a tenth of the interval, at least a minute, at most an hour.
fn grace(every: i64) -> i64 {
    (every / 10).clamp(MINUTE, HOUR)
}

/// The number of starts that were expected every `every` after the start `last`, from `since` on, with
/// a grace that ended before `time`.
fn missed(last: i64, every: i64, time: i64, since: i64) -> u64 {
    let [wide_last, wide_every, wide_time] = [last, every, time].map(i128::from);
    let waited = wide_time - wide_last - i128::from(grace(every));
    // The numbers of the first and the last expected start: the n-th is at `last + n * every`.
    let newest = (waited - 1).div_euclid(wide_every);
    let before = (i128::from(since) - wide_last - 1).div_euclid(wide_every);
    let oldest = before.max(0) + 1;
    u64::try_from(newest - oldest + 1).unwrap_or(match newest >= oldest {
        true => u64::MAX,
        false => 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * HOUR;

    #[test]
    fn grace_is_a_tenth_within_a_minute_and_an_hour() {
        assert_eq!(
            [MINUTE, 20 * MINUTE, DAY, i64::MAX].map(grace),
            [MINUTE, 2 * MINUTE, HOUR, HOUR]
        );
    }

    #[test]
    fn start_is_missed_after_its_grace() {
        let waited = |time| missed(0, DAY, time, i64::MIN);
        for (time, expected) in [
            (0, 0),
            (DAY, 0),
            (DAY + HOUR, 0),
            (DAY + HOUR + 1, 1),
            // The second of two expected starts came.
            (2 * DAY, 1),
            (2 * DAY + HOUR, 1),
            (2 * DAY + HOUR + 1, 2),
            (-DAY, 0),
        ] {
            assert_eq!(waited(time), expected, "{time}");
        }
    }

    #[test]
    fn missed_starts_before_the_range_are_not_counted() {
        let ten_days = |since| missed(0, DAY, 10 * DAY + HOUR + 1, since);
        assert_eq!(ten_days(0), 10);
        assert_eq!(ten_days(DAY), 10);
        assert_eq!(ten_days(DAY + 1), 9);
        assert_eq!(ten_days(10 * DAY), 1);
        assert_eq!(ten_days(10 * DAY + 1), 0);
    }

    #[test]
    fn forged_times_do_not_overflow() {
        assert_eq!(
            missed(i64::MIN, 1, i64::MAX, i64::MIN),
            u64::MAX - MINUTE.unsigned_abs() - 1
        );
        assert_eq!(missed(i64::MAX, i64::MAX, i64::MIN, i64::MAX), 0);
    }

    #[test]
    fn runs_without_an_end_are_bounded_and_counted() {
        let mut fold = JobFold::new("job".to_owned(), 0, DAY);
        let many = MAX_OPEN as i64 + 10;
        for number in 0..many {
            fold.add(CheckInRow {
                run: number.to_string(),
                status: Some(CheckInStatus::Started),
                every: None,
                longest: Some(HOUR),
                duration: None,
                time: number,
            });
        }
        assert_eq!(fold.open.len(), MAX_OPEN);
        let row = fold.finish().unwrap();
        assert_eq!(row.unfinished, many.unsigned_abs());
        assert_eq!(row.overruns, many.unsigned_abs());
        assert_eq!(row.status, JobStatus::Overran);
    }
}
