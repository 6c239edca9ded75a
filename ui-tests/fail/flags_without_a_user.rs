use whose::{guard, with_session};

#[whose::trace(identify)]
fn identify() {}

#[with_session("s", supplement)]
fn supplement() {}

#[whose::trace(isolated = true, anonymous("a"))]
fn values() {}

fn main() {
    guard!(session = "s", identify);
}
