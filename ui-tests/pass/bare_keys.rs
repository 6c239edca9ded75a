//! A bare key takes the argument of its name, in lists too.
use whose::with_user;

#[with_user(user_id, email, session_id, attrs(plan, %seats), tags(plan, tier = %seats))]
fn all(user_id: u8, email: Option<&str>, session_id: String, plan: &str, seats: char) {
    let at = whose::current();
    assert_eq!(at.user_id(), Some("9"));
    assert_eq!(at.user().unwrap().email(), email);
    assert_eq!(at.session_id(), Some(&*session_id));
    assert_eq!((at.tag("plan"), at.tag("tier")), (Some(plan), Some("x")));
    assert_eq!(at.user().unwrap().attr("seats").unwrap(), &"x");
    let _ = (user_id, seats);
}

#[whose::trace(from, session)]
fn aliases(from: &str, session: &str) {
    assert_eq!(whose::current().user_id(), Some(from));
    assert_eq!(whose::current().session_id(), Some(session));
}

#[with_user(id)]
fn id_is_the_user_id(id: u64) -> u64 {
    assert_eq!(whose::current().user_id(), Some("5"));
    id
}

#[whose::trace(user_id)]
fn raw(r#user_id: &str) {
    assert_eq!(whose::current().user_id(), Some(user_id));
}

fn main() {
    all(9, Some("a@example.com"), "s-1".into(), "pro", 'x');
    all(9, None, "s-1".into(), "pro", 'x');
    aliases("alice", "s-2");
    assert_eq!(id_is_the_user_id(5), 5);
    raw("carol");
}
