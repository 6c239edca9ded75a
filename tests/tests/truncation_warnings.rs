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

/// What whose itself says, and nothing else.
struct Said(LogBuffer);

impl Said {
    fn listen() -> Self {
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

    /// Does something three times that cuts what `what` names, at that line of this file.
    #[track_caller]
    fn names(&self, what: &str, line: u32, work: impl Fn()) {
        (0..3).for_each(|_| work());
        whose::flush(Duration::ZERO); // An event is named once it is over.
        let text = self.0.take();
        let place = format!("given at tests/tests/truncation_warnings.rs:{line}");
        assert_eq!(text.lines().count(), 1, "{place}: {text}");
        assert!(text.contains("DEBUG") && text.contains(what), "{text}");
        assert!(text.contains(&place), "{place}: {text}");
        assert!(!text.contains("xx"), "the value stays out of it: {text}");
    }

    #[track_caller]
    fn is_silent(&self, work: impl Fn()) {
        work();
        assert_eq!(self.0.take(), "");
    }
}

/// The expression has to stand on one line.
macro_rules! cut {
    ($said:ident, $what:literal, $work:expr) => {
        $said.names($what, line!(), || {
            let _ = $work;
        })
    };
}

#[test]
fn truncated_value_is_warned_once_per_call_site() {
    let said = Said::listen();
    said.is_silent(|| whose::user("alice").in_scope(|| tracing::info!("short")));
    values_and_scopes(&said);
    writes(&said);
    fields(&said);
    layers_that_meet(&said);
}

fn values_and_scopes(said: &Said) {
    let long = &*"x".repeat(100_000);
    let user = || User::new("a");
    let crumb = || Breadcrumb::new("a");
    cut!(said, "an id", User::new(long));
    cut!(said, "an id", SessionId::new(long));
    cut!(said, "an id", Session::new(long));
    cut!(said, "a text", user().with_email(long));
    cut!(said, "a text", user().with_attr("k", long));
    cut!(said, "a text", Breadcrumb::new(long));
    cut!(said, "a text", crumb().with_category(long));
    cut!(said, "breadcrumb", crumb().with_data("k", long));

    cut!(said, "an id", whose::user(long));
    cut!(said, "an id", whose::session(long));
    cut!(said, "a tag", whose::tag("k", long));
    let scope = Scope::new;
    cut!(said, "an id", scope().user(long));
    cut!(said, "an id", scope().session(long));
    cut!(said, "a tag", scope().tag("k", long));
    cut!(said, "a tag", scope().tags([("k", long)]));
    cut!(said, "extra", scope().extra("k", long));
    cut!(said, "context", scope().context("k", long));
}

fn writes(said: &Said) {
    let long = &*"x".repeat(100_000);
    let global = whose::global;
    cut!(said, "an id", global().set_user(long));
    cut!(said, "a tag", global().set_tag("k", long));
    cut!(said, "extra", global().set_extra("k", long));
    global().clear_user();
    global().remove_tag("k");
    Scope::isolated().in_scope(|| {
        cut!(said, "an id", whose::set_user(long));
        cut!(said, "an id", whose::set_session(long));
        cut!(said, "a tag", whose::set_tag("k", long));
        cut!(said, "a tag", whose::set_tags([("k", long)]));
        cut!(said, "extra", whose::set_extra("k", long));
        cut!(said, "context", whose::set_context("k", long));
        let set = |n: u32| whose::set_tag(format!("k{n}"), n);
        said.names("a tag", line!() - 1, || (0..60).for_each(set));
    });
}

fn fields(said: &Said) {
    let long = &*"x".repeat(100_000);
    cut!(said, "a field", tracing::info!(long));
    cut!(said, "a field", tracing::info!("{long}"));
    cut!(said, "an id", tracing::info!(user.id = long));
    cut!(said, "a tag", tracing::info_span!("s", tag.k = long));
    let span = tracing::info_span!("late", late = tracing::field::Empty);
    let record = || drop(span.clone().record("late", long).clone());
    said.names("a field", line!() - 2, record);
    said.names("a tag", ANNOTATED, || annotated(long));
}

/// What is cut where several layers meet is no one call site's doing, and no later one's.
fn layers_that_meet(said: &Said) {
    let tags = |head: char| Scope::new().tags((0..40).map(move |n| (format!("{head}{n}"), n)));
    let before = whose::stats().truncated_tags;
    said.is_silent(|| tags('a').in_scope(|| tags('b').in_scope(|| drop(whose::current()))));
    assert_eq!(whose::stats().truncated_tags, before + 30);
    said.is_silent(|| drop(User::new("short")));
}
