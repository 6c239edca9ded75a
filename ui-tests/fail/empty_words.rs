#[whose::trace(name = "")]
fn name() {}

#[whose::trace(target = "", name = ?"x")]
fn target() {}

#[whose::trace(tags("" = 1), attrs("" = 2))]
fn keys() {}

fn main() {}
