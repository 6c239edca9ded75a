//! A durable queue of encoded records that wait to be sent.

mod erase;
mod lock;
mod outbox;
mod owner;
mod table;
mod usage;

pub(crate) use erase::{add_scope_tombstones, delete_rows, has_user};
pub use outbox::Outbox;
pub use owner::OutboxOwner;
pub use table::{OutboxEntry, OutboxItem, OutboxPushed};
