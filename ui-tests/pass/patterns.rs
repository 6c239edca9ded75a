//! The attribute can read bindings inside patterns.
use whose::with_user;

struct Json<T>(T);
struct Request {
    user: &'static str,
    session_id: u8,
}

#[with_user(from = req.user)]
async fn extractor(Json(req): Json<Request>) -> u8 {
    tokio::task::yield_now().await;
    assert_eq!(whose::current().user_id(), Some(req.user));
    req.session_id
}

#[whose::trace(user, session_id, input)]
fn destructured(Request { user, session_id }: Request, (a, [b, ..]): (u8, [u8; 2]), _: u8) -> u8 {
    assert_eq!(whose::current().user_id(), Some(user));
    assert_eq!(whose::current().session_id(), Some("3"));
    session_id + a + b
}

#[with_user]
fn renamed(Json(ref user): Json<String>, &mut ref mut n: &mut u8) -> usize {
    *n += 1;
    user.len()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(extractor(Json(Request { user: "alice", session_id: 3 })).await, 3);
    assert_eq!(destructured(Request { user: "bob", session_id: 3 }, (1, [2, 3]), 0), 6);
    assert_eq!(renamed(Json("ab".into()), &mut 1), 2);
}
