use whose::with_user;

#[whose::trace(user_id = "a", user_id = "b")]
fn same() {}

#[whose::trace(session = "a", session_id = "b")]
fn alias() {}

#[with_user("a", from = "b")]
fn positional() {}

#[with_user(user_id = "a", id = "b", isolated, isolated)]
fn flags() {}

#[whose::trace(fields(a = 1, "a" = 2), input(b), output, fields(output = 3))]
fn fields(b: u8) -> u8 {
    b
}

#[with_user("u", tags(a = 1, a = 2), attrs("x.y" = 1, x.y = 2))]
fn lists() {}

fn main() {}
