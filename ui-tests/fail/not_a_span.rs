#[whose::trace(parent = n)]
fn parent(n: u8) {}

#[whose::trace(follows_from = [n, 2])]
fn causes(n: u8) {}

#[whose::trace(follows_from = %span, parent = ?span)]
fn signs(span: &tracing::Span) {}

#[whose::trace(parent, follows_from)]
fn alone(parent: tracing::Span) {}

fn main() {}
