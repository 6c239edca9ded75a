mod functions;
mod guard;
pub(crate) mod scope;
pub(crate) mod scoped;
mod state;
pub(crate) mod traced;

pub use functions::{actor, anonymous, conversation, session, tag, user};
pub use guard::Guard;
pub use scope::Scope;
pub use scoped::ScopeExt;
pub use scoped::Scoped;
pub(crate) use traced::Prepared;
