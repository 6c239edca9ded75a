use whose::{guard, with_user};

#[whose::trace(user = "a", user_id = "b")]
fn two_users() {}

#[with_user(anonymous, email = "a@example.com", identify)]
fn anonymous() {}

#[with_user("u", anonymous)]
fn positional() {}

#[whose::trace(identify, supplement)]
fn nobody() {}

#[whose::trace(input(a), skip(b))]
fn skip_of_list(a: u8, b: u8) {}

#[whose::trace(skip(a))]
fn skip_of_nothing(a: u8) {}

fn main() {
    guard!();
}
