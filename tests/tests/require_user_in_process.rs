//! Strict mode for every record of the process. This test runs alone in its process.

use std::panic::{AssertUnwindSafe, catch_unwind};

use whose::testing::require_user_everywhere;
use whose::{Scope, UnattributedReason};

#[test]
fn task_spawned_without_scope_fails_with_advice() {
    let strict = require_user_everywhere();
    Scope::isolated().in_scope(|| {
        whose::set_user("alice");
        tracing::info!("hers");
        strict.check();
        let forgotten = std::thread::spawn(|| tracing::info!("forgotten"));
        forgotten.join().unwrap();
    });
    let failed = catch_unwind(AssertUnwindSafe(|| drop(strict))).unwrap_err();
    let failed = failed.downcast::<String>().unwrap();
    assert!(failed.contains("event \"forgotten\" at "), "{failed}");
    assert!(
        failed.contains(UnattributedReason::NoScope.advice()),
        "{failed}"
    );
    assert!(failed.contains("with_current_scope"), "{failed}");

    // Strict mode ended with its guard.
    tracing::info!("a record without a user");
}
