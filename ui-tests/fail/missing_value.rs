use whose::with_user;

#[whose::trace(user_id =, kind, tags, session = )]
fn trace() {}

#[with_user("u", email: "a@example.com", segment "beta")]
fn colon() {}

#[with_user("u", tags(plan =, "tier"), attrs = 3, anonymous = true, email("x"))]
fn forms() {}

fn main() {}
