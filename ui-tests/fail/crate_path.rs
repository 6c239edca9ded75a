use whose::{guard, with_user, AsUser};

#[with_user("u", crate = "whose")]
fn text() {}

#[whose::trace(crate)]
fn alone() {}

#[whose::trace(crate = attribution)]
fn no_such_crate() {}

#[derive(AsUser)]
#[whose(crate = "whose")]
struct Account {
    id: u8,
}

#[derive(AsUser)]
#[whose(id)]
struct Other {
    id: u8,
}

fn main() {
    guard!(crate = whose);
}
