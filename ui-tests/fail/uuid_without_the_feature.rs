use uuid::Uuid;
use whose::{with_session, with_user};

#[whose::trace(user_id)]
fn user_id(user_id: Uuid) {}

#[with_user]
async fn user(user: &Uuid) {}

#[with_session]
fn session(session_id: Option<Uuid>) {}

#[derive(whose::AsId)]
struct AccountId(Uuid);

fn by_hand(id: Uuid) {
    let _guard = whose::user(id).enter();
}

fn main() {}
