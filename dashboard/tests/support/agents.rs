//! A store in which several users ask an agent.

use tempfile::TempDir;
use tracing::info;

use super::{HOSTILE, store_of};

/// Three users, one of them hostile, ask an agent: a call of a model, a tool, and an error inside the tool.
/// One log line has no user.
pub(crate) fn agents() -> TempDir {
    store_of(
        |layer| layer,
        || {
            for user in ["alice", "bob", HOSTILE] {
                let person = whose::User::new(user).with_attr("plan", "pro");
                let scope = whose::user(person).session(format!("visit of {user}"));
                scope.tag("shop", "paris").in_scope(|| plan(user));
            }
            info!("nobody's");
        },
    )
}

#[whose::trace(agent = "planner")]
fn plan(user: &str) {
    info!(customer = user, "plans for {user}");
    let usage = whose::usage("gpt-4o").input_tokens(1_000_000);
    usage.output_tokens(0).record();
    look_up(user);
}

#[whose::trace(kind = tool)]
fn look_up(user: &str) {
    let missing = format!("no order of {user}");
    whose::capture_error(&std::io::Error::other(missing));
}
