//! The server: its address, its readers, its routes and its assets.

mod app;
mod assets;
mod error;
mod forget;
mod live_stream;
mod responses;
mod router;
mod server;
mod suggestions;

pub use error::ServeError;
pub use server::{BoundServer, Server};
