use whose::with_user;

#[with_user("u", tags(%a = 1, 3 = 4, a b, {A} = 1, user.0), attrs(plan: "pro"))]
fn tags(user: (u8,)) {}

#[whose::trace(fields("a"), input("b"), skip("c"))]
fn fields() {}

fn main() {}
