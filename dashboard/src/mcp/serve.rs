//! Serving the tools on stdin and stdout.

use std::io::{self, IsTerminal};

use rmcp::ServiceExt;
use rmcp::service::{QuitReason, ServerInitializeError};
use rmcp::transport::stdio;

use super::server::McpServer;
use crate::access::Viewer;
use crate::logged_store::LoggedStore;
use crate::serve::ServeError;

/// Answers requests until stdin ends. Stdout carries the protocol and nothing else.
///
/// # Errors
/// [`ServeError::Io`] if the runtime cannot start or the client does not speak the protocol.
pub(crate) fn serve(store: LoggedStore, viewer: Viewer) -> Result<(), ServeError> {
    if io::stdin().is_terminal() {
        eprintln!(
            "whose: a coding agent starts this command and writes requests to its stdin; Ctrl-D ends it"
        );
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Io)?;
    let watched = store.clone();
    runtime.spawn(async move { watched.watch_file().await });
    let served = runtime.block_on(answer_requests(McpServer::new(store, viewer)));
    // A query that nobody waits for any more would keep the process alive.
    runtime.shutdown_background();
    served.map_err(ServeError::Io)
}

async fn answer_requests(server: McpServer) -> io::Result<()> {
    let running = match server.serve(stdio()).await {
        Ok(running) => running,
        // The client closed stdin before it asked for anything.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(io::Error::other(error)),
    };
    match running.waiting().await {
        Ok(QuitReason::JoinError(error)) | Err(error) => Err(io::Error::other(error)),
        Ok(_) => Ok(()),
    }
}
