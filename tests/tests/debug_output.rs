//! `Debug` shows ids and counts and no content, so that a log line that prints a record does not
//! reveal values that a policy withholds from the sinks.

use std::fmt::Debug;

use tracing::Level;
use whose::testing::Recorder;
use whose::{Breadcrumb, Policy, PolicyKey, Scope, Session, User};

/// The content that `Debug` must hide.
const MARK: &str = "secret-content";

/// Both forms of `Debug`. Asserts that neither form contains the mark.
#[track_caller]
fn debug_without_mark(value: &impl Debug) -> String {
    let shown = format!("{value:?}\n{value:#?}");
    assert!(!shown.contains(MARK), "{shown}");
    shown
}

#[track_caller]
fn assert_shows(value: &impl Debug, parts: &[&str]) {
    let shown = debug_without_mark(value);
    for part in parts {
        assert_eq!(shown.matches(part).count(), 2, "`{part}` in {shown}");
    }
}

fn user() -> User {
    User::new("u-17")
        .with_email(MARK)
        .with_username(MARK)
        .with_full_name(MARK)
        .with_ip_address(MARK)
        .with_segment(MARK)
        .with_attr(MARK, MARK)
}

fn crumb() -> Breadcrumb {
    Breadcrumb::new(MARK)
        .with_category(MARK)
        .with_type(MARK)
        .with_level(Level::WARN)
        .with_data(MARK, MARK)
        .with_data("n", MARK)
}

/// Calls `run` in an isolated scope with every kind of content.
fn with_content<R>(run: impl FnOnce() -> R) -> R {
    Scope::isolated().in_scope(|| {
        whose::set_user(user());
        whose::set_session(Session::new("s-42"));
        whose::set_tag("desk", MARK);
        whose::set_tag("lane", MARK);
        whose::set_extra(MARK, MARK);
        whose::set_context(MARK, serde_json::json!({ MARK: MARK }));
        whose::add_breadcrumb(crumb());
        run()
    })
}

fn failure() -> eyre::Report {
    eyre::eyre!("{MARK}").wrap_err(MARK)
}

#[test]
fn record_debug_shows_only_ids_and_counts() {
    let rec = Recorder::start();
    with_content(|| {
        tracing::info_span!("charge", note = MARK, other = MARK).in_scope(|| {
            whose::error(failure().as_ref() as &dyn std::error::Error).capture();
            tracing::error!(error = MARK, note = MARK, "{MARK}");
        });
    });
    let ids = ["\"u-17\"", "\"s-42\"", "debug_output.rs\""];
    let counts = ["tags: 2", "extra: 1", "contexts: 1", "attrs: 1"];
    let records = rec.records();
    assert_eq!(records.len(), 3);
    for record in &records {
        assert_shows(record, &ids);
        assert_shows(record, &counts);
        let trace_id = record.trace_id().unwrap().to_string();
        let span_id = format!(
            "\n    span_id: Some(\n        {}",
            record.span_id().unwrap()
        );
        let shown = debug_without_mark(record);
        assert!(
            shown.contains(&trace_id) && shown.contains(&span_id),
            "{shown}"
        );
    }
    assert_shows(
        &rec.errors()[0],
        &["breadcrumbs: 1", "causes: 1", "status: Error"],
    );
    assert_shows(&rec.span("charge"), &["name: \"charge\"", "fields: 2"]);
}

#[test]
fn record_debug_shows_pseudonym() {
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::prelude::*;

    #[derive(Clone, Default)]
    struct DebugSink(Arc<Mutex<Vec<String>>>);
    impl whose::RecordSink for DebugSink {
        fn record(&self, record: &Arc<whose::Record>) {
            self.0.lock().unwrap().push(debug_without_mark(record));
        }
    }
    let key = PolicyKey::new("k1", [7; 32]).unwrap();
    let sink = DebugSink::default();
    let policy = Policy::pseudonymous(&key);
    let layer = whose::layer()
        .with_policy(policy)
        .unwrap()
        .with_sink(sink.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        with_content(|| tracing::info!("{MARK}"));
    });
    let shown = &sink.0.lock().unwrap()[0];
    assert!(shown.contains(&key.pseudonym("u-17")), "{shown}");
    assert!(shown.contains(&key.pseudonym("s-42")), "{shown}");
    assert!(
        !shown.contains("u-17") && !shown.contains("s-42"),
        "{shown}"
    );
}

#[test]
fn attribution_debug_shows_only_ids_and_counts() {
    let parts = [
        "\"u-17\"",
        "\"s-42\"",
        "tags: 2",
        "extra: 1",
        "contexts: 1",
        "attrs: 1",
    ];
    with_content(|| assert_shows(&whose::current(), &parts));
    assert_shows(&user(), &["\"u-17\"", "attrs: 1"]);
    assert_shows(&Session::new("s-42"), &["\"s-42\""]);
}

#[test]
fn explanation_debug_shows_only_ids_and_call_sites() {
    let rec = Recorder::start();
    with_content(|| {
        let parts = [
            "\"u-17\"",
            "\"s-42\"",
            "name: \"context\"",
            "name: \"extra\"",
        ];
        assert_shows(&whose::explain(), &parts);
        assert!(whose::explain().to_string().contains(MARK));
        tracing::info!("explained");
    });
    assert_shows(&rec.events()[0].explained(), &["\"u-17\"", "\"s-42\""]);
}

#[test]
fn check_in_and_score_debug_shows_no_text_of_the_application() {
    let rec = Recorder::start();
    whose::monitor("import").start().failed(MARK);
    whose::score("tone", MARK).comment(MARK).record();
    let events = rec.events();
    assert_shows(&events[1].check_in().unwrap(), &["\"import\"", "Failed"]);
    assert_shows(&events[2].score().unwrap(), &["\"tone\""]);
}

#[test]
fn breadcrumb_debug_shows_only_level_and_counts() {
    assert_shows(&crumb(), &["Warn", "data: 2"]);
}

#[test]
fn handle_debug_shows_only_ids_and_counts() {
    let parts = ["\"u-17\"", "\"s-42\"", "tags: 2", "extra: 1", "contexts: 1"];
    with_content(|| assert_shows(&whose::isolation().unwrap(), &parts));
    let remote = Scope::isolated().user(user()).tag("desk", MARK).remote();
    remote.in_scope(|| assert_shows(&whose::isolation().unwrap(), &["\"u-17\"", "tags: 1"]));
    let _global = whose::testing::isolate_global();
    let global = whose::global();
    assert_shows(&global, &[]);
    global.set_user(user());
    global.set_session("s-42");
    global.set_tags([("desk", MARK), ("lane", MARK)]);
    global.set_extra("key", MARK);
    global.set_context("key", serde_json::json!({ "key": MARK }));
    global.add_breadcrumb(crumb());
    assert_shows(&global, &parts);
}

#[test]
fn report_debug_shows_only_ids_and_counts() {
    let report = whose::error(failure().as_ref() as &dyn std::error::Error)
        .user(user())
        .session("s-42")
        .tag("desk", MARK)
        .extra(MARK, MARK)
        .context(MARK, serde_json::json!({ MARK: MARK }))
        .fingerprint(MARK);
    let parts = [
        "\"u-17\"",
        "\"s-42\"",
        "tags: 1",
        "extra: 1",
        "contexts: 1",
        "causes: 1",
    ];
    assert_shows(&report, &parts);
    assert_shows(&whose::message(MARK), &["causes: 0"]);
    let usage = whose::usage(MARK)
        .provider(MARK)
        .response_model(MARK)
        .input_tokens(987_654);
    assert_shows(&usage, &["fields: 4", "debug_output.rs\""]);
    assert!(!debug_without_mark(&usage).contains("987654"));
}
