//! A trait of the crate may give every type a consuming method `span`.
trait Everything: Sized {
    fn span(self) {}
}

impl<T> Everything for T {}

#[whose::trace(user_id = "alice", output, err)]
fn reported(n: u8) -> Result<u8, u8> {
    assert_eq!(whose::current().user_id(), Some("alice"));
    if n == 0 { Err(n) } else { Ok(n) }
}

fn main() {
    assert_eq!((reported(0), reported(1)), (Err(0), Ok(1)));
}
