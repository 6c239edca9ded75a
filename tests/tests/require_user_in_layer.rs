//! Strict mode of a layer, for staging. This test runs alone in its process.

use std::thread;
use std::time::Duration;

use tracing_subscriber::prelude::*;
use whose::{Scope, UnattributedReason};
use whose_tests::log_buffer::LogBuffer;

#[test]
fn record_without_user_is_counted_and_warned_once() {
    let lines = LogBuffer::default();
    tracing_subscriber::registry()
        .with(whose::layer().with_required_user(true)) // warns without a sink too
        .with(
            tracing_subscriber::fmt::layer()
                .with_writer(lines.clone())
                .with_ansi(false),
        )
        .init();

    let first = line!() + 2;
    for step in 0..100 {
        let work = || tracing::info_span!("plan").in_scope(|| ());
        match step % 2 {
            0 => Scope::isolated().in_scope(work),
            _ => thread::spawn(work).join().unwrap(),
        }
    }
    tracing::info!("an event");
    whose::capture_error(&std::io::Error::other("refused"));
    whose::user("alice").in_scope(|| tracing::info!("hers"));
    whose::anonymous().in_scope(|| tracing::info!("on purpose"));

    assert!(whose::flush(Duration::ZERO).is_complete());
    let text = lines.take();
    let warnings: Vec<_> = text
        .lines()
        .filter(|line| line.contains("a record without a user"))
        .collect();
    assert_eq!(warnings.len(), 3, "{text}");
    let plan = format!("span at tests/tests/require_user_in_layer.rs:{first}: ");
    assert!(warnings[0].contains(&plan), "{text}");
    assert!(
        warnings[0].contains("WARN") && warnings[0].contains(UnattributedReason::Unset.advice())
    );
    assert!(warnings[1].contains("event at ") && warnings[2].contains("error at "));
    let stats = whose::stats();
    assert_eq!(stats.missing_users, 102);
    assert_eq!(
        (
            stats.unattributed(UnattributedReason::Unset),
            stats.unattributed(UnattributedReason::NoScope),
            stats.unattributed(UnattributedReason::Anonymous),
        ),
        (50, 52, 1)
    );
}
