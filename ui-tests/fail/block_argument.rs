use whose::with_user;

struct Request {
    user: String,
}

struct Agent;

#[with_user(from = req.user, tags(plan = req.plan(), "team" = 1))]
impl Agent {
    fn a(&self, req: Request) {}
    fn b(&self) {}
}

fn main() {}
