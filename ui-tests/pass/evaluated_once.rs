//! The attribute evaluates an expression once, before the body.
use std::cell::Cell;
use whose::with_user;

struct Counted(Cell<u32>);

impl Counted {
    fn next(&self) -> u32 {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }
}

#[whose::trace(user_id = counted.next(), session = counted.next(), tags(n = counted.next()), fields(n = counted.next()))]
fn traced(counted: &Counted) -> u32 {
    let at = whose::current();
    assert_eq!((at.user_id(), at.session_id(), at.tag("n")), (Some("1"), Some("2"), Some("3")));
    counted.next()
}

#[with_user(counted.next())]
async fn later(counted: &Counted) -> u32 {
    assert_eq!(whose::current().user_id(), Some("1"));
    tokio::task::yield_now().await;
    assert_eq!(whose::current().user_id(), Some("1"));
    counted.next()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(traced(&Counted(Cell::new(0))), 5);
    assert_eq!(later(&Counted(Cell::new(0))).await, 2);
}
