use whose::{with_session, with_user};

struct Agent {
    user: u8,
}

#[with_user(self.user)]
impl Agent {
    fn new(user: u8) -> Self {
        Self { user }
    }
    const fn user(&self) -> u8 {
        self.user
    }
}

#[with_session]
impl Agent {
    fn a(&self, visit: u8) {}
}

#[whose::trace]
impl Agent {
    const LIMIT: u8 = 1;
}

fn main() {}
