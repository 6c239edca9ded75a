//! A guard that a sink, a hook or a value leaks ends when the call of the sink, hook or value
//! returns.

use std::fmt;
use std::sync::Arc;

use tracing::subscriber::with_default;
use tracing::{Level, info, info_span};
use tracing_subscriber::prelude::*;
use whose::{Breadcrumb, Record, RecordSink, Scope};
use whose_tests::current::{assert_user, is_nothing_current};

fn leak_guards(user: &str) {
    std::mem::forget(whose::user(user).enter());
    std::mem::forget(Scope::isolated().enter());
    assert_user(user);
}

struct LeakingSink;

impl RecordSink for LeakingSink {
    fn record(&self, _: &Arc<Record>) {
        leak_guards("the sink's");
    }
}

struct LeakingValue;

impl fmt::Display for LeakingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        leak_guards("the value's");
        f.write_str("shown")
    }
}

#[test]
fn leaked_guard_ends_with_user_code_call() {
    let layer = whose::layer()
        .with_sink(LeakingSink)
        .with_before_record(|_| {
            leak_guards("the hook's");
            true
        })
        .with_breadcrumbs(Level::INFO, |_| {
            leak_guards("the filter's");
            true
        })
        .with_before_breadcrumb(|crumb| {
            leak_guards("the breadcrumb hook's");
            Some(crumb)
        });
    with_default(tracing_subscriber::registry().with(layer), || {
        info!(value = %LeakingValue, "an event");
        assert!(is_nothing_current());
        info_span!("a span", user.id = %LeakingValue).in_scope(|| ());
        assert!(is_nothing_current());
        Scope::isolated().user("alice").in_scope(|| {
            info_span!("a span").in_scope(|| {
                info!("an event");
                assert_user("alice");
                whose::capture_message(LeakingValue);
                assert_user("alice");
                whose::add_breadcrumb(Breadcrumb::new("a crumb"));
                assert_user("alice");
            });
        });
    });
}
