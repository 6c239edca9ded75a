//! A guard that a sink, a hook or a value leaks ends with the call of that code.

use std::fmt;
use std::sync::Arc;

use tracing::subscriber::with_default;
use tracing::{Level, info, info_span};
use tracing_subscriber::prelude::*;
use whose::{Breadcrumb, Record, RecordSink, Scope};
use whose_tests::current::{assert_user, is_nothing_current};

fn forget_a_guard(user: &str) {
    std::mem::forget(whose::user(user).enter());
    std::mem::forget(Scope::isolated().enter());
    assert_user(user);
}

struct Forgetful;

impl RecordSink for Forgetful {
    fn record(&self, _: &Arc<Record>) {
        forget_a_guard("the sink's");
    }
}

struct Shown;

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        forget_a_guard("the value's");
        f.write_str("shown")
    }
}

#[test]
fn forgotten_guard_ends_with_user_code_call() {
    let layer = whose::layer()
        .with_sink(Forgetful)
        .with_before_record(|_| {
            forget_a_guard("the hook's");
            true
        })
        .with_breadcrumbs(Level::INFO, |_| {
            forget_a_guard("the filter's");
            true
        })
        .with_before_breadcrumb(|crumb| {
            forget_a_guard("the breadcrumb hook's");
            Some(crumb)
        });
    with_default(tracing_subscriber::registry().with(layer), || {
        info!(value = %Shown, "an event");
        assert!(is_nothing_current());
        info_span!("a span", user.id = %Shown).in_scope(|| ());
        assert!(is_nothing_current());
        Scope::isolated().user("alice").in_scope(|| {
            info_span!("a span").in_scope(|| {
                info!("an event");
                assert_user("alice");
                whose::capture_message(Shown);
                assert_user("alice");
                whose::add_breadcrumb(Breadcrumb::new("a crumb"));
                assert_user("alice");
            });
        });
    });
}
