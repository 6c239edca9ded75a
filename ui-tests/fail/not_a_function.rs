use whose::{with_session, with_user};

#[with_user]
struct Account {
    id: u8,
}

#[whose::trace(kind = agent)]
trait Agent {
    fn id(&self) -> u8 {
        1
    }
}

#[with_session("s")]
enum Kind {
    One,
}

#[whose::trace]
mod inner {}

#[with_user("u")]
const LIMIT: u8 = 1;

trait Tool {
    #[whose::trace(user_id)]
    fn run(&self, user_id: u8);
}

fn main() {
    // The attribute keeps the items.
    let _ = (Account { id: 1 }.id(), Kind::One, LIMIT);
}
