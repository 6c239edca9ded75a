pub(crate) mod scope;
pub(crate) mod scoped;
pub(crate) mod traced;

pub use scope::{anonymous, conversation, session, tag, user, Guard, Scope};
pub use scoped::ScopeExt;
pub use scoped::Scoped;
pub(crate) use traced::Prepared;
