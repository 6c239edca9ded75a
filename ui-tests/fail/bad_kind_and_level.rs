#[whose::trace(kind = agnt)]
fn near() {}

#[whose::trace(kind = "database")]
fn far() {}

#[whose::trace(kind = whose::Kind::Agent)]
fn path() {}

#[whose::trace(level = "warning")]
fn level() {}

#[whose::trace(level = 3, kind = %agent, name = "")]
fn number() {}

fn main() {}
