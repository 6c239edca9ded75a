// A box of a stream that is not `Unpin` is no stream, so the scope cannot cover the inner stream.
use futures_core::Stream;

#[whose::with_user("alice")]
fn numbers() -> Box<dyn Stream<Item = u8> + Send> {
    todo!()
}

fn main() {}
