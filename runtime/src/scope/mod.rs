mod guard;
pub(crate) mod scope;
pub(crate) mod scoped;
pub(crate) mod traced;

pub use guard::Guard;
pub use scope::{actor, anonymous, conversation, session, tag, user, Scope};
pub use scoped::ScopeExt;
pub use scoped::Scoped;
pub(crate) use traced::Prepared;
