//! `#[derive(AsUser)]` and `#[derive(AsId)]`.

mod as_id;
mod as_user;
mod implement;
mod marks;

pub(crate) use as_id::as_id;
pub(crate) use as_user::as_user;
