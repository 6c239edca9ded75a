//! A breadcrumb hook or filter that logs and adds breadcrumbs does not recurse.

use tracing::{Level, info};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use whose::testing::Recorder;
use whose::{Breadcrumb, Record, Scope};

fn speak() {
    info!("of the hook");
    whose::add_breadcrumb(Breadcrumb::new("of the hook"));
}

fn messages(record: &Record) -> Vec<&str> {
    record.breadcrumbs().map(Breadcrumb::message).collect()
}

/// For the whole process: a subscriber of one thread would not be asked again by itself.
#[test]
fn hook_log_becomes_no_breadcrumb_and_is_counted() {
    let filter = |_: &str| {
        speak();
        true
    };
    let layer = whose::layer()
        .with_breadcrumbs(Level::INFO, filter)
        .with_before_breadcrumb(|crumb| {
            speak();
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
    // The lines that a hook logs are records like any others.
    let lines = rec.events();
    let of_hooks = lines.iter().filter(|e| e.message() == Some("of the hook"));
    assert_eq!(of_hooks.count(), 3);
}
