// A box around a stream that is not `Unpin` is no stream: the scope would not reach what is in it.
use futures_core::Stream;

#[whose::with_user("alice")]
fn numbers() -> Box<dyn Stream<Item = u8> + Send> {
    todo!()
}

fn main() {}
