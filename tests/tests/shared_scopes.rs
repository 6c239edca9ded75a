//! An isolated scope that two requests share is detected. This test runs alone in its process,
//! because it compares the counters of the process.

use tracing_subscriber::prelude::*;
use whose::{Scope, User};
use whose_tests::log_buffer::LogBuffer;

/// The application keeps one `Scope::current()` in its state and enters it for each request.
#[test]
fn overwritten_user_is_counted_and_warned_once() {
    let lines = LogBuffer::default();
    let fmt = tracing_subscriber::fmt::layer();
    tracing_subscriber::registry()
        .with(whose::layer())
        .with(fmt.with_writer(lines.clone()).with_ansi(false))
        .init();
    let state = Scope::isolated().in_scope(Scope::current);
    let line = line!() + 3;
    for user in ["alice", "bob", "bob", "carol"] {
        state.clone().in_scope(|| {
            whose::set_user(User::new(user).with_segment("s"));
        });
    }
    assert_eq!(whose::stats().replaced_users, 2);
    let text = lines.take();
    let warnings: Vec<_> = text.lines().filter(|it| it.contains("replaced")).collect();
    assert_eq!(warnings.len(), 1, "{text}");
    for part in [
        &format!("shared_scopes.rs:{line}:"),
        "Scope::isolated()",
        "clear_user",
    ] {
        assert!(warnings[0].contains(part), "{text}");
    }

    Scope::isolated().in_scope(|| {
        whose::set_user("alice");
        whose::set_user(User::new("alice").with_email("a@x"));
        whose::clear_user();
        whose::set_user("bob");
        whose::set_anonymous();
        whose::set_user("carol");
    });
    assert_eq!(
        whose::stats().replaced_users,
        2,
        "the same user, and logins after a logout"
    );
}
