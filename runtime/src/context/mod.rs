mod change;
pub(crate) mod handle;
mod identify;
pub(crate) mod read;
pub mod session;
pub(crate) mod write;

pub use handle::Handle;
pub(crate) use identify::identify;
pub use read::{current, explain, with_current};
pub(crate) use write::isolation_or_refused;
pub use write::{
    add_breadcrumb, clear_actor, clear_conversation, clear_session, clear_user, global, isolation,
    remove_context, remove_extra, remove_tag, set_actor, set_anonymous, set_context,
    set_conversation, set_extra, set_session, set_tag, set_tags, set_user,
};
