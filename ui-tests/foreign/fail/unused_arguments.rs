// An argument is unused if the body has its name only as a field, a path or a local variable.
#![deny(unused_variables)]

struct At {
    x: u8,
    y: u8,
}

#[whose::with_user("alice")]
async fn field(x: u8, y: u8) -> u8 {
    let at = At { x: 1, y };
    at.x + at.y
}

#[whose::with_user("alice")]
async fn another_of_the_name(x: u8, y: u8) -> u8 {
    let x = y;
    x + y
}

#[whose::trace(output)]
fn traced(x: u8, y: u8) -> u8 {
    let (x, _) = (y, y);
    x + y
}

fn main() {
    drop((field(1, 2), another_of_the_name(1, 2)));
    traced(1, 2);
}
