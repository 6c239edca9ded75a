//! The derive macros `AsUser` and `AsId`.

mod as_id;
mod as_user;
mod field_attrs;
mod implement;

pub(crate) use as_id::as_id;
pub(crate) use as_user::as_user;
