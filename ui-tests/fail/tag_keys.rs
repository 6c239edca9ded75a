use whose::{guard, with_user};

#[with_user("u", tags("with space" = 1, "" = 2, ünïcode = 3))]
fn letters() {}

#[whose::trace(tags(a_key_that_is_longer_than_thirty_two = 1), attrs("" = 1))]
fn length() {}

fn main() {
    guard!(tags("a/b" = 1));
}
