//! A breadcrumb hook or filter that logs and adds breadcrumbs does not recurse.

use tracing::{Level, info};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use whose::testing::Recorder;
use whose::{Breadcrumb, Record, Scope};

fn log_and_add_breadcrumb() {
    info!("from the hook");
    whose::add_breadcrumb(Breadcrumb::new("from the hook"));
}

fn messages(record: &Record) -> Vec<&str> {
    record.breadcrumbs().map(Breadcrumb::message).collect()
}

/// The subscriber is global, because `tracing` does not call a thread-local subscriber from inside
/// that subscriber.
#[test]
fn hook_log_becomes_no_breadcrumb_and_is_counted() {
    let filter = |_: &str| {
        log_and_add_breadcrumb();
        true
    };
    let layer = whose::layer()
        .with_breadcrumbs(Level::INFO, filter)
        .with_before_breadcrumb(|crumb| {
            log_and_add_breadcrumb();
            Some(crumb)
        });
    tracing_subscriber::registry().with(layer).init();
    let rec = Recorder::start();
    let before = whose::stats().hook_emitted_breadcrumbs;
    Scope::isolated().in_scope(|| {
        info!("logged");
        whose::add_breadcrumb(Breadcrumb::new("added"));
        whose::capture_error(&std::fmt::Error);
    });
    assert_eq!(messages(&rec.errors()[0]), ["logged", "added"]);
    assert!(whose::stats().hook_emitted_breadcrumbs > before);
    // The lines that a hook logs are ordinary events.
    let lines = rec.events();
    let from_hooks = lines
        .iter()
        .filter(|e| e.message() == Some("from the hook"));
    assert_eq!(from_hooks.count(), 3);
}
