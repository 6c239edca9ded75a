//! The store behind the pages and the tools: its readers, and the log of who looked.

mod access_context;
mod logged_store;
mod reader_pool;
mod reasons;
mod shared_log;

pub(crate) use access_context::AccessContext;
pub(crate) use logged_store::LoggedStore;
pub(crate) use reasons::Reasons;
