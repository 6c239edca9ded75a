//! Who and what activity belongs to: users, sessions, and what they can be made of.

mod as_id;
mod as_text;
mod as_user;
mod id;
mod user;

pub use as_id::AsId;
pub use as_text::AsText;
pub use as_user::AsUser;
pub use id::{IdError, Session, SessionId, UserId};
pub use user::User;
