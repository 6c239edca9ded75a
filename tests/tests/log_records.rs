//! A record of the `log` crate keeps its target, file and line through `tracing-log`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use log::Log;
use tracing::Level;
use tracing_log::LogTracer;
use tracing_subscriber::prelude::*;
use whose::testing::Recorder;
use whose::{CallSite, Record};
use whose_tests::memory_sink::MemorySink;

/// Starts a recorder that also receives the records of the `log` crate.
fn recorder() -> Recorder {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| LogTracer::init().unwrap());
    Recorder::start()
}

const FILE: &str = "tests/tests/log_records.rs";

fn call_site_at(line: u32) -> Option<CallSite> {
    Some(CallSite { file: FILE, line })
}

fn names(record: &Record) -> Vec<&str> {
    record.fields().map(|(name, _)| name).collect()
}

#[test]
fn log_record_keeps_target_and_call_site() {
    let rec = recorder();
    let line = line!() + 1;
    whose::user("alice").in_scope(|| log::info!("hello {}", 7));
    let event = &rec.events()[0];
    assert_eq!(event.target(), "log_records");
    assert_eq!(event.call_site(), call_site_at(line));
    assert_eq!(event.message(), Some("hello 7"));
    assert_eq!(event.user_id(), Some("alice"));
    assert_eq!(names(event), Vec::<&str>::new());
}

#[test]
fn log_record_keeps_explicit_target() {
    let rec = recorder();
    let line = line!() + 1;
    log::warn!(target: "shop::cart", "full");
    let event = &rec.events()[0];
    assert_eq!(
        (event.target(), event.call_site()),
        ("shop::cart", call_site_at(line))
    );
    assert_eq!(event.level(), Level::WARN);
}

#[test]
fn log_record_keeps_its_level() {
    let rec = recorder();
    log::error!("x");
    log::warn!("x");
    log::info!("x");
    log::debug!("x");
    log::trace!("x");
    let levels: Vec<_> = rec.events().iter().map(Record::level).collect();
    let all = [
        Level::ERROR,
        Level::WARN,
        Level::INFO,
        Level::DEBUG,
        Level::TRACE,
    ];
    assert_eq!(levels, all);
}

#[test]
fn log_record_without_file_keeps_target() {
    let rec = recorder();
    let arguments = format_args!("x");
    let record = log::Record::builder()
        .target("bare")
        .args(arguments)
        .build();
    LogTracer::new().log(&record);
    let event = &rec.events()[0];
    assert_eq!((event.target(), event.call_site()), ("bare", None));
    assert_eq!(names(event), Vec::<&str>::new());
}

#[test]
fn tracing_event_keeps_fields_named_like_log_fields() {
    let rec = recorder();
    tracing::info!(log.target = "mine", log.line = 7, "x");
    tracing::info!(name: "log event", target: "log", { log.target = "mine" }, "x");
    let events = rec.events();
    assert_eq!(names(&events[0]), ["log.target", "log.line"]);
    assert_eq!(events[0].target(), "log_records");
    assert_eq!(names(&events[1]), ["log.target"]);
    assert_eq!(events[1].target(), "log");
}

#[test]
fn long_log_target_stays_field() {
    let rec = recorder();
    let long = "t".repeat(1_025);
    log::info!(target: &long, "x");
    log::info!(target: &long[1..], "x");
    let events = rec.events();
    assert_eq!(events[0].target(), "log");
    assert_eq!(events[0].field("log.target").unwrap(), &*long);
    assert_eq!(events[0].field("log.file").unwrap(), FILE);
    assert_eq!(events[1].target(), &long[1..]);
}

#[test]
fn log_breadcrumb_is_filtered_and_named_by_target() {
    drop(recorder());
    let sink = MemorySink::default();
    let layer = whose::layer()
        .with_breadcrumbs(Level::INFO, |target| target.starts_with("shop"))
        .with_sink(sink.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        whose::Scope::isolated().in_scope(|| {
            log::info!(target: "shop::cart", "opened");
            log::debug!(target: "shop::cart", "too fine");
            log::info!(target: "other", "not asked for");
            whose::capture_message("refused");
        });
    });
    let records = sink.records();
    let crumbs: Vec<_> = records.last().unwrap().breadcrumbs().collect();
    assert_eq!(crumbs.len(), 1);
    let crumb = crumbs[0];
    assert_eq!(
        (crumb.message(), crumb.category()),
        ("opened", Some("shop::cart"))
    );
    assert!(crumb.all_data().is_empty(), "{:?}", crumb.all_data());
}

#[test]
fn strict_mode_names_log_record_call_site() {
    drop(recorder());
    let strict = whose::testing::require_user();
    let line = line!() + 1;
    log::info!("without a user");
    let failed = catch_unwind(AssertUnwindSafe(|| strict.check())).unwrap_err();
    std::mem::forget(strict);
    let message = failed.downcast_ref::<String>().unwrap();
    assert!(message.contains(&format!("at {FILE}:{line}:")), "{message}");
}

#[test]
fn log_record_has_its_user_in_every_format() {
    use tracing_subscriber::fmt;
    use whose_tests::log_buffer::LogBuffer;

    drop(recorder());
    let buffers = [(); 4].map(|()| LogBuffer::default());
    let [text, compact, pretty, json] = buffers.each_ref().map(LogBuffer::clone);
    let text = fmt::layer().with_ansi(false).with_writer(text);
    let compact = fmt::layer().with_ansi(false).with_writer(compact);
    let pretty = fmt::layer().with_ansi(false).with_writer(pretty);
    let json = fmt::layer().with_writer(json);
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(text.map_event_format(whose::fmt::attributed))
        .with(compact.compact().map_event_format(whose::fmt::attributed))
        .with(pretty.pretty().map_event_format(whose::fmt::attributed))
        .with(json.json().map_event_format(whose::fmt::attributed));
    tracing::subscriber::with_default(subscriber, || {
        let scope = whose::user("alice").session("s-1");
        scope.in_scope(|| log::info!(target: "shop::cart", "opened"));
        log::info!(target: "shop::cart", "nobody");
    });
    for buffer in buffers {
        let lines = buffer.take();
        let (hers, nobodys) = lines.split_once("s-1").unwrap();
        assert!(hers.contains("opened") && hers.contains("alice"), "{lines}");
        assert!(hers.contains("shop::cart"), "{lines}");
        assert!(
            nobodys.contains("nobody") && !nobodys.contains("alice"),
            "{lines}"
        );
    }
}
