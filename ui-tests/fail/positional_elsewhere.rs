use whose::{guard, with_user};

#[whose::trace("alice")]
fn trace() {}

#[with_user(isolated, req.user)]
fn second(req: &Request) {}

#[with_user("a" "b", isolated)]
fn no_comma() {}

struct Request {
    user: String,
}

fn main() {
    guard!("alice");
}
