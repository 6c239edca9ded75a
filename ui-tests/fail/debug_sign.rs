use whose::{guard, with_user};

#[whose::trace(user_id = ?name, session = ?name)]
fn id(name: &str) {}

#[with_user(?name, email = ?name, tags(a = ?name, ?name))]
fn rest(name: &str) {}

fn main() {
    guard!(user = ?"u");
}
