use whose::{guard, with_session, with_user};

#[whose::trace(user_id = "")]
fn user_id() {}

#[with_user("")]
fn positional() {}

#[with_session("", user = "u")]
fn session() {}

fn main() {
    guard!(user = "");
}
