struct Request {
    user: String,
}

// An expression that takes the value by itself is the author's own move.
#[whose::with_user(from = consume(req))]
fn moves(req: Request) -> Request {
    req
}

fn consume(req: Request) -> String {
    req.user
}

fn main() {}
