struct Request {
    user: String,
}

// An expression that moves the argument makes the body fail.
#[whose::with_user(from = consume(req))]
fn moves(req: Request) -> Request {
    req
}

fn consume(req: Request) -> String {
    req.user
}

fn main() {}
