//! Opening a store and serving its pages.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use whose_store::Prices;

use super::app::App;
use super::error::ServeError;
use super::reader_pool::ReaderPool;
use super::router::router;

/// The most pages that follow the store at once: each asks the store twice a second.
const LIVE_PAGES: usize = 16;

/// Serves the pages of one store.
///
/// Use it to show the records of a service on the machine where they are stored. The pages read the
/// file and never change it, also while a service writes to it. See the [crate](crate) for an
/// example.
#[derive(Debug)]
#[must_use = "call `bind` to serve the pages"]
pub struct Server {
    readers: ReaderPool,
}

impl Server {
    /// Opens a store.
    ///
    /// # Errors
    /// The errors of [`Reader::open`](whose_store::Reader::open).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ServeError> {
        Self::open_with_prices(path, Prices::builtin())
    }

    /// Opens a store, and computes costs from other prices than the builtin ones.
    ///
    /// # Errors
    /// The errors of [`Reader::open`](whose_store::Reader::open).
    pub fn open_with_prices(path: impl AsRef<Path>, prices: Prices) -> Result<Self, ServeError> {
        let readers = ReaderPool::open(path.as_ref(), prices)?;
        Ok(Self { readers })
    }

    /// Listens on an address such as `127.0.0.1:4318`. Port 0 lets the system choose a port.
    ///
    /// # Errors
    /// [`ServeError::Address`] if the address cannot be used.
    pub async fn bind(self, address: &str) -> Result<BoundServer, ServeError> {
        let failed = |source| ServeError::Address {
            address: address.to_owned(),
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        let (stopping, stop) = watch::channel(false);
        let app = App {
            readers: Arc::new(self.readers),
            live_permits: Arc::new(Semaphore::new(LIVE_PAGES)),
            stop,
        };
        Ok(BoundServer {
            listener,
            local,
            app,
            stopping,
        })
    }
}

/// A server with an address; see [`Server::bind`].
#[derive(Debug)]
#[must_use = "call `run_until` to answer requests"]
pub struct BoundServer {
    listener: TcpListener,
    local: SocketAddr,
    app: App,
    stopping: watch::Sender<bool>,
}

impl BoundServer {
    /// The URL of the first page, for a browser.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.local)
    }

    /// Answers requests until `stop` completes, and finishes the requests that are running.
    ///
    /// # Errors
    /// [`ServeError::Io`] if the system ends the connection to the network.
    pub async fn run_until(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let service = router(self.app).into_make_service();
        let stopping = self.stopping;
        let stop = async move {
            stop.await;
            // A page that follows the store would keep the server open.
            stopping.send_replace(true);
        };
        axum::serve(self.listener, service)
            .with_graceful_shutdown(stop)
            .await
            .map_err(ServeError::Io)
    }
}
