//! The server: its address, its readers, its routes and its assets.

mod app;
mod assets;
mod error;
mod live_stream;
mod reader_pool;
mod responses;
mod router;
mod server;

pub use error::ServeError;
pub use server::{BoundServer, Server};
