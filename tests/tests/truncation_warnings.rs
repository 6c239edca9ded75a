//! A truncated value is warned about once for each call site. This test runs alone in its process.

use std::sync::Arc;
use std::time::Duration;

use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;
use whose::{Breadcrumb, Record, RecordSink, Scope, Session, SessionId, User};
use whose_tests::log_buffer::LogBuffer;

struct Nothing;

impl RecordSink for Nothing {
    fn record(&self, _: &Arc<Record>) {}
}

const ANNOTATED: u32 = line!() + 1;
#[whose::trace(tags(plan = plan))]
fn annotated(plan: &str) {}

/// The log lines of `whose` itself.
struct Warnings(LogBuffer);

impl Warnings {
    fn install() -> Self {
        let lines = LogBuffer::default();
        let own = tracing_subscriber::fmt::layer()
            .with_writer(lines.clone())
            .with_ansi(false)
            .with_filter(filter_fn(|metadata| metadata.target() == "whose"));
        tracing_subscriber::registry()
            .with(whose::layer().with_sink(Nothing))
            .with(own)
            .init();
        Self(lines)
    }

    /// Runs `work` three times, and asserts one warning about `what` at this line of this file.
    #[track_caller]
    fn assert_once(&self, what: &str, line: u32, work: impl Fn()) {
        (0..3).for_each(|_| work());
        whose::flush(Duration::ZERO); // An event warns after its end.
        let text = self.0.take();
        let location = format!("given at tests/tests/truncation_warnings.rs:{line}");
        assert_eq!(text.lines().count(), 1, "{location}: {text}");
        assert!(text.contains("DEBUG") && text.contains(what), "{text}");
        assert!(text.contains(&location), "{location}: {text}");
        assert!(!text.contains("xx"), "the warning omits the value: {text}");
    }

    #[track_caller]
    fn assert_none(&self, work: impl Fn()) {
        work();
        assert_eq!(self.0.take(), "");
    }
}

/// The expression must fit on one line, because the macro compares the line number.
macro_rules! truncated {
    ($warnings:ident, $what:literal, $work:expr) => {
        $warnings.assert_once($what, line!(), || {
            let _ = $work;
        })
    };
}

#[test]
fn truncated_value_is_warned_once_per_call_site() {
    let warnings = Warnings::install();
    warnings.assert_none(|| whose::user("alice").in_scope(|| tracing::info!("short")));
    values_and_scopes(&warnings);
    writes(&warnings);
    fields(&warnings);
    merged_layers(&warnings);
}

fn values_and_scopes(warnings: &Warnings) {
    let long = &*"x".repeat(100_000);
    let user = || User::new("a");
    let crumb = || Breadcrumb::new("a");
    truncated!(warnings, "an id", User::new(long));
    truncated!(warnings, "an id", SessionId::new(long));
    truncated!(warnings, "an id", Session::new(long));
    truncated!(warnings, "a text", user().with_email(long));
    truncated!(warnings, "a text", user().with_attr("k", long));
    truncated!(warnings, "a text", Breadcrumb::new(long));
    truncated!(warnings, "a text", crumb().with_category(long));
    truncated!(warnings, "breadcrumb", crumb().with_data("k", long));

    truncated!(warnings, "an id", whose::user(long));
    truncated!(warnings, "an id", whose::session(long));
    truncated!(warnings, "a tag", whose::tag("k", long));
    let scope = Scope::new;
    truncated!(warnings, "an id", scope().user(long));
    truncated!(warnings, "an id", scope().session(long));
    truncated!(warnings, "a tag", scope().tag("k", long));
    truncated!(warnings, "a tag", scope().tags([("k", long)]));
    truncated!(warnings, "extra", scope().extra("k", long));
    truncated!(warnings, "context", scope().context("k", long));
}

fn writes(warnings: &Warnings) {
    let long = &*"x".repeat(100_000);
    let global = whose::global;
    truncated!(warnings, "an id", global().set_user(long));
    truncated!(warnings, "a tag", global().set_tag("k", long));
    truncated!(warnings, "extra", global().set_extra("k", long));
    global().clear_user();
    global().remove_tag("k");
    Scope::isolated().in_scope(|| {
        truncated!(warnings, "an id", whose::set_user(long));
        truncated!(warnings, "an id", whose::set_session(long));
        truncated!(warnings, "a tag", whose::set_tag("k", long));
        truncated!(warnings, "a tag", whose::set_tags([("k", long)]));
        truncated!(warnings, "extra", whose::set_extra("k", long));
        truncated!(warnings, "context", whose::set_context("k", long));
        let set = |n: u32| whose::set_tag(format!("k{n}"), n);
        warnings.assert_once("a tag", line!() - 1, || (0..60).for_each(set));
    });
}

fn fields(warnings: &Warnings) {
    let long = &*"x".repeat(100_000);
    truncated!(warnings, "a field", tracing::info!(long));
    truncated!(warnings, "a field", tracing::info!("{long}"));
    truncated!(warnings, "an id", tracing::info!(user.id = long));
    truncated!(warnings, "a tag", tracing::info_span!("s", tag.k = long));
    let span = tracing::info_span!("late", late = tracing::field::Empty);
    let record = || drop(span.clone().record("late", long).clone());
    warnings.assert_once("a field", line!() - 2, record);
    warnings.assert_once("a tag", ANNOTATED, || annotated(long));
}

/// A merge of several layers truncates without a warning, because no single call site is the cause.
fn merged_layers(warnings: &Warnings) {
    let tags = |head: char| Scope::new().tags((0..40).map(move |n| (format!("{head}{n}"), n)));
    let before = whose::stats().truncated_tags;
    warnings.assert_none(|| tags('a').in_scope(|| tags('b').in_scope(|| drop(whose::current()))));
    assert_eq!(whose::stats().truncated_tags, before + 30);
    warnings.assert_none(|| drop(User::new("short")));
}
