use whose::with_user;

#[whose::trace(user_id)]
fn two(req: u8, query: u8) {}

#[whose::trace(session_id)]
fn none() {}

#[whose::trace(user_id, input(qery), tags(plan), skip(b))]
fn near(user_di: u8, query: u8) {}

#[with_user(who)]
fn positional(req: u8) {}

#[whose::trace(input, skip(secret))]
fn skipped(query: u8) {}

fn main() {}
