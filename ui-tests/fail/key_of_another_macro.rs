use whose::{guard, with_session, with_user};

#[with_user("u", kind = agent, output)]
fn span_key() {}

#[with_session("s", id = "u")]
fn id_in_session() {}

#[whose::trace(id = "u")]
fn id_in_trace() {}

fn main() {
    guard!(user = "u", name = "plan");
}
