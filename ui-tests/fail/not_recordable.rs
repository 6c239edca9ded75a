struct Opaque;

#[whose::trace(input)]
fn all(opaque: Opaque, n: u8) {}

#[whose::trace(input(%opaque, m = n))]
async fn listed(opaque: Opaque, n: u8) {}

#[whose::trace(fields(opaque, n))]
fn fields(opaque: Opaque, n: u8) {}

#[whose::trace(output)]
async fn output() -> Opaque {
    Opaque
}

fn main() {}
