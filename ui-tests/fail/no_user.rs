use whose::{with_session, with_user};

#[with_user]
fn user(account: u8, query: u8) {}

#[with_session]
fn session() {}

#[with_user(session = "s")]
fn other_key() {}

#[with_session]
fn ambiguous(session: u8, session_id: u8) {}

#[with_session(from = session)]
fn from(session: u8) {}

fn main() {}
