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
use super::router::router;
use crate::access::{AccessPolicy, AccessToken, Hosts, Keyring, Permission};
#[cfg(feature = "ingest")]
use crate::ingest::Receiver;
use crate::logged_store::{LoggedStore, Reasons};

/// The most pages that follow the store at once: each asks the store twice a second.
const LIVE_PAGES: usize = 16;

/// Serves the pages of one store.
///
/// Use it to show the records of a service to those who support and operate the service. The pages read
/// the file, also while a service writes to it, and change it in four cases: each view of a person is
/// written to the [access log](whose_store::AccessLog), a user is erased where a
/// [token for erasing](Self::forget_token) permits it, a page checks that the file
/// [can be written](whose_store::AccessLog::check_writable), and other programs send records where a token
/// for sending permits it (feature `ingest`). See the [crate](crate) for an example.
///
/// The file can be replaced while the server runs. Each answer is of one file.
///
/// Without a [token](Self::read_token), the server listens on loopback addresses alone, and everybody
/// who can open a connection on this machine can read the records. The server refuses a request that
/// names another host, and a change that another site sends.
///
/// ```no_run
/// use whose_dashboard::Server;
///
/// # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::open("whose.db")?
///     .read_token("support=2b7e151628aed2a6abf71589".parse()?)
///     .host("whose.example.com")
///     .require_reason()
///     .bind("0.0.0.0:7420")
///     .await?;
/// server.run_until(std::future::pending()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "call `bind` to serve the pages"]
pub struct Server {
    store: LoggedStore,
    keyring: Keyring,
    hosts: Vec<String>,
    reasons: Reasons,
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
        Ok(Self {
            store: LoggedStore::open(path.as_ref(), prices)?,
            keyring: Keyring::default(),
            hosts: Vec::new(),
            reasons: Reasons::default(),
        })
    }

    /// Adds a token that permits reading. With such a token, every page needs one.
    ///
    /// A program sends `Authorization: Bearer SECRET`. A browser signs in on a page, or by a link with
    /// `?token=SECRET`.
    pub fn read_token(mut self, token: AccessToken) -> Self {
        self.keyring.add(Permission::Read, token);
        self
    }

    /// Adds a token that permits erasing a user. Without one, erasing from the page is off.
    pub fn forget_token(mut self, token: AccessToken) -> Self {
        self.keyring.add(Permission::Forget, token);
        self
    }

    /// Adds a token that permits sending records, and nothing else. With such a token, the server takes
    /// the spans and log records of other programs by OTLP over HTTP, and writes them into the store.
    ///
    /// A sender uses the [URL](BoundServer::url) as its endpoint, and sends
    /// `Authorization: Bearer SECRET`. The server answers after the records are on disk. Other processes
    /// can write to the same file meanwhile.
    #[cfg(feature = "ingest")]
    pub fn ingest_token(mut self, token: AccessToken) -> Self {
        self.keyring.add(Permission::Ingest, token);
        self
    }

    /// Adds a name that requests can name as the host, such as the name of a reverse proxy.
    ///
    /// The server always answers for `localhost` and for the address that it listens on.
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    /// Sets the reason of views that state none, for the access log.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reasons.default = Some(reason.into());
        self
    }

    /// Shows the records of a person only after the viewer has stated a reason.
    pub fn require_reason(mut self) -> Self {
        self.reasons.is_required = true;
        self
    }

    /// Listens on an address such as `127.0.0.1:4318`. Port 0 lets the system choose a port.
    ///
    /// # Errors
    /// [`ServeError::TokenRequired`] if other machines can reach the address and there is no
    /// [token](Self::read_token); [`ServeError::Address`] if the address cannot be used;
    /// [`ServeError::Store`] if there is a token for sending records and the store cannot be written.
    pub async fn bind(self, address: &str) -> Result<BoundServer, ServeError> {
        let failed = |source| ServeError::Address {
            address: address.to_owned(),
            source,
        };
        let resolved = tokio::net::lookup_host(address).await.map_err(failed)?;
        let resolved: Vec<SocketAddr> = resolved.collect();
        let is_local = resolved.iter().all(|address| address.ip().is_loopback());
        if !is_local && !self.keyring.has(Permission::Read) {
            return Err(ServeError::TokenRequired {
                address: address.to_owned(),
            });
        }
        let listener = TcpListener::bind(&*resolved).await.map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        let hosts = Hosts::new(local, self.hosts);
        let policy = AccessPolicy::new(self.keyring, hosts, local.port());
        #[cfg(feature = "ingest")]
        let receiver = match policy.keyring.has(Permission::Ingest) {
            true => Some(Arc::new(Receiver::open(self.store.path())?)),
            false => None,
        };
        let (stopping, stop) = watch::channel(false);
        let app = App {
            store: self.store.with_reasons(self.reasons),
            live_permits: Arc::new(Semaphore::new(LIVE_PAGES)),
            stop,
            policy: Arc::new(policy),
            #[cfg(feature = "ingest")]
            receiver,
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
        let (store, mut stopped) = (self.app.store.clone(), self.app.stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                _ = stopped.wait_for(|is_stopping| *is_stopping) => {}
                () = store.watch_file() => {}
            }
        });
        #[cfg(feature = "ingest")]
        let receiver = self.app.receiver.clone();
        let service = router(self.app).into_make_service();
        let stopping = self.stopping;
        let stop = async move {
            stop.await;
            // A page that follows the store would keep the server open.
            stopping.send_replace(true);
        };
        let served = axum::serve(self.listener, service)
            .with_graceful_shutdown(stop)
            .await;
        #[cfg(feature = "ingest")]
        if let Some(receiver) = receiver {
            let _ = tokio::task::spawn_blocking(move || receiver.close()).await;
        }
        served.map_err(ServeError::Io)
    }
}
