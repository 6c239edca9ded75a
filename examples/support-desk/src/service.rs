//! The running desk: server and workers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::accounts::Accounts;
use crate::app;
use crate::desk::Desk;
use crate::model::ModelClient;
use crate::workers::{self, Workers};

/// A desk that accepts requests until it is [closed](Self::close).
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    server: JoinHandle<io::Result<()>>,
    shutdown: oneshot::Sender<()>,
    workers: workers::WorkerHandles,
}

impl Service {
    /// Opens the desk. Port 0 binds a free port.
    pub(crate) async fn open(address: SocketAddr, model: ModelClient) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (workers, running) = Workers::start()?;
        let app = app::router(Desk {
            accounts: Arc::new(Accounts::default()),
            model,
            workers,
        });
        let (shutdown, closed) = oneshot::channel();
        let server = tokio::spawn(async move {
            let closed = async {
                // A dropped sender closes the server too.
                let _ = closed.await;
            };
            axum::serve(listener, app)
                .with_graceful_shutdown(closed)
                .await
        });
        tracing::info!(%address, "the desk is open");
        Ok(Self {
            address,
            server,
            shutdown,
            workers: running,
        })
    }

    /// The URL of the desk.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops accepting requests, and waits for open requests and the workers.
    pub(crate) async fn close(self) -> io::Result<()> {
        // The send fails only if the server has ended already.
        let _ = self.shutdown.send(());
        self.server.await??;
        if self.workers.join().await {
            return Ok(());
        }
        Err(io::Error::other("a worker failed"))
    }
}
