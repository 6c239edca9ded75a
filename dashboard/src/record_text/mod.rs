//! What records say, in words: for the tables of the command line and for the pages.

mod chat;
mod current;
mod explanation;
mod outline;
mod summary;
mod tree;

pub(crate) use chat::{ChatMessage, ChatPart, chat};
pub(crate) use current::current_at;
pub(crate) use explanation::{ExplanationLine, actor_chain, explanation, user};
pub(crate) use outline::{outline, rows_outline};
pub(crate) use summary::{service, summary};
pub(crate) use tree::{TraceTree, TreeRow, end_of, subtree, trace_trees};
