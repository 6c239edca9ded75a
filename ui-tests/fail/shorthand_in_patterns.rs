use whose::{with_session, with_user};

struct Json<T>(T);

struct Request {
    user: String,
}

#[whose::trace(user_id)]
fn whole(Json(req): Json<Request>) {}

#[with_user]
fn in_a_pattern(Json(Request { user: who }): Json<Request>) {}

#[with_session(visit)]
fn ignored(_visit: u8, _: u8) {}

fn main() {}
