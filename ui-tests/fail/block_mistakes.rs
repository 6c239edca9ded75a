// A mistake in the attribute of a block is reported once, not once per method.
struct Agent {
    user: String,
}

#[whose::trace(kind = tol, usr = self.user, session_id, tags("a b" = 1))]
impl Agent {
    fn a(&self, query: &str) {}
    fn b(&self) {}
    async fn c(&self, user_id: u8) {}
}

fn main() {
    Agent { user: String::new() }.a("");
}
