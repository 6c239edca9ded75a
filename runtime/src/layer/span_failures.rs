//! The failures of open spans.

use crate::layer::failures::{Failure, Failures, Reporter};
use crate::layer::open_span::OpenSpan;
use crate::layer::span_table::SpanTable;
use crate::record::SpanContext;

impl SpanTable {
    /// Passes the failures of a closed span to the span around it: a span that did not report a
    /// failure may have returned it.
    #[inline]
    pub(crate) fn propagate(&self, ended: &mut OpenSpan) {
        let (parent, has_failed) = (ended.parent, ended.has_failed());
        match ended.failures_if_any() {
            Some(Failures(list)) if !has_failed && !list.is_empty() => {
                self.take_over(parent, std::mem::take(list));
            }
            _ => {}
        }
    }

    fn take_over(&self, outer: Option<u64>, failures: Vec<(Reporter, Failure)>) {
        self.at(outer, |outer| {
            for (_, failure) in failures {
                outer.failures().add(Reporter::Child, failure);
            }
        });
    }

    /// Remembers an error that was recorded in that span.
    pub(crate) fn remember(&self, id: Option<u64>, failure: Failure) {
        self.at(id, |open| open.failures().add(Reporter::Itself, failure));
    }

    /// Whether a log line in that span reports an error that an inner span has already reported.
    pub(crate) fn was_reported(&self, id: Option<u64>, failure: Failure) -> bool {
        self.at(id, |open| open.failures().mark_reported(failure)) == Some(true)
    }

    /// Marks an open span as failed. Returns whether the error was already recorded inside the span.
    pub(crate) fn fail(&self, id: u64, message: &str, failure: &Failure) -> bool {
        let was_told = self.with(id, |open| {
            open.fail(message);
            open.failures().has(failure)
        });
        was_told == Some(true)
    }

    /// Remembers that an inner span of that span has failed.
    pub(crate) fn child_failed(&self, id: Option<u64>, failure: Failure) {
        self.at(id, |open| open.failures().add(Reporter::Child, failure));
    }

    /// The location of an error in that span.
    pub(crate) fn error_location(&self, id: Option<u64>) -> ErrorLocation {
        const LONGEST: usize = 64;
        let mut here = ErrorLocation::default();
        let mut next = id;
        while let Some(id) = next.filter(|_| here.path.len() < LONGEST) {
            next = self
                .with(id, |open| {
                    if here.path.is_empty() {
                        here.place = open.place();
                    }
                    here.path.push(open.name());
                    open.parent
                })
                .flatten();
        }
        here
    }

    fn at<R>(&self, id: Option<u64>, f: impl FnOnce(&mut OpenSpan) -> R) -> Option<R> {
        self.with(id?, f)
    }
}

/// The location of an error.
#[derive(Debug, Default)]
pub(crate) struct ErrorLocation {
    pub(crate) place: SpanContext,
    pub(crate) path: Vec<&'static str>,
}
