//! Mistakes with `actor` and `agent`.

struct Operator;

#[whose::trace(user_id, actor = Operator)]
fn type_that_is_no_actor(user_id: &str) {}

#[whose::with_user(from = user, actor = "")]
fn empty_id(user: &str) {}

#[whose::trace(agent = ?name)]
fn debug_of_a_name(name: &str) {}

#[whose::with_user(agent = "planner")]
fn agent_without_a_span(user: &str) {}

fn main() {
    whose::guard!(user = "alice", actor = Operator);
}
