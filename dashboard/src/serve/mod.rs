//! The server: its address, its readers, its routes and its assets.

mod app;
mod assets;
mod error;
mod forget;
mod live_stream;
mod load;
mod reader_pool;
mod responses;
mod router;
mod server;
mod shared_log;
mod suggestions;

pub use error::ServeError;
pub use server::{BoundServer, Server};
