//! The command `whose`, and the pages that show a store of [`whose_store`]: who did what, in which
//! session, and at what cost.
//!
//! [`Server`] serves the pages of one store on a local address:
//!
//! ```no_run
//! use whose_dashboard::Server;
//!
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::open("whose.db")?.bind("127.0.0.1:0").await?;
//! println!("open {}", server.url());
//! server.run_until(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await?;
//! # Ok(())
//! # }
//! ```

mod access;
mod api;
#[cfg(feature = "command-line")]
mod command_line;
#[cfg(feature = "command-line")]
mod entry_point;
mod export;
#[cfg(feature = "ingest")]
mod ingest;
mod logged_store;
#[cfg(feature = "mcp")]
mod mcp;
mod pages;
mod query_language;
mod record_text;
mod serve;
mod url_query;
mod values;

pub use access::{AccessToken, InvalidToken};
#[cfg(feature = "command-line")]
pub use entry_point::run_command_line;
pub use serve::{BoundServer, ServeError, Server};
