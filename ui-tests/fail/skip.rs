#[whose::trace(skip, kind = tool)]
fn not_alone() {}

#[whose::trace(input, skip(qery))]
fn near(query: &str) {}

#[whose::trace(input, skip(query), skip(other))]
fn twice(query: &str, other: u8) {}

#[whose::trace(skip(query))]
fn without_input(query: &str) {}

fn main() {}
