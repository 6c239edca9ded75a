//! The service under test: an HTTP server, a gRPC server, a queue, thread pools and a connection
//! pool, all of which serve many concurrent users.
//!
//! Each record that the service makes carries the id of its request in the field `request`, or at
//! the head of its message. The service takes the id from the client and never from `whose`.

mod app;
mod auth;
mod cache;
mod compute;
mod failures;
mod id;
mod messages;
mod pool;
mod queue;
mod rpc;
mod streams;
mod tasks;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use reqwest::Client;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tracing::info;

use auth::Accounts;
use cache::Cache;
pub use compute::Pools;
pub(crate) use id::Id;
use pool::Connections;
use queue::Queue;
use tasks::Buffered;

use crate::rendezvous::Rendezvous;

/// The one line that the author of the service forgot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgotten {
    /// `AttributionLayer` around the two servers.
    AttributionLayer,
    /// `whose::task::spawn` in place of `tokio::spawn`.
    TaskSpawn,
    /// `spawn_scoped` in place of `JoinSet::spawn`.
    JoinSetSpawn,
    /// The scope of a job in the queue.
    JobScope,
    /// The scope of a job in the queue, where the worker calls `set_user` instead.
    WorkerScope,
    /// The scope of a job of the thread pools. All jobs are bare here, so a job never runs inside a
    /// job with another user. A bare job has the user of the job around the bare job.
    PoolScope,
}

/// The state that all handlers share.
pub(crate) struct Shared {
    forgotten: Option<Forgotten>,
    accounts: Accounts,
    cache: Cache,
    queue: Queue,
    buffered: Buffered,
    connections: Connections,
    pools: &'static Pools,
    rpc: Channel,
    /// Calls the service itself, over connections that all requests share.
    client: Client,
    origin: String,
    rendezvous: Arc<Rendezvous>,
    /// The number of tasks that no request awaits.
    unfinished: Arc<AtomicUsize>,
}

impl Shared {
    fn has_forgotten(&self, line: Forgotten) -> bool {
        self.forgotten == Some(line)
    }

    /// Counts a task as unfinished until the returned value is dropped.
    fn unfinished(&self) -> Unfinished {
        self.unfinished.fetch_add(1, SeqCst);
        Unfinished(self.unfinished.clone())
    }
}

/// A running task.
struct Unfinished(Arc<AtomicUsize>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// A running service.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    servers: [JoinHandle<()>; 2],
}

impl Service {
    /// Starts all parts of the service, outside of every request.
    pub(crate) async fn start(forgotten: Option<Forgotten>, rendezvous: Arc<Rendezvous>) -> Self {
        let (http, address) = listen().await;
        let (grpc, grpc_address) = listen().await;
        let client = whose_tests::http::client().http2_prior_knowledge();
        let uri = format!("http://{grpc_address}");
        let shared = Arc::new(Shared {
            forgotten,
            accounts: Accounts::default(),
            cache: Cache::default(),
            queue: Queue::start(),
            buffered: tasks::start_buffered(),
            connections: Connections::default(),
            pools: Pools::of_the_process(),
            rpc: Channel::from_shared(uri).expect("a URI").connect_lazy(),
            client: client.build().expect("a client"),
            origin: format!("http://{address}"),
            rendezvous,
            unfinished: Arc::default(),
        });
        let app = app::router(shared.clone());
        let servers = [
            tokio::spawn(async { axum::serve(http, app).await.expect("an HTTP server") }),
            tokio::spawn(rpc::serve(grpc, shared.clone())),
        ];
        info!("service started");
        Self {
            address,
            shared,
            servers,
        }
    }

    /// Closes the pooled connections, each of which holds the span of the request that made the
    /// connection.
    pub(crate) fn close_connections(&self) {
        self.shared.connections.close();
    }

    /// Whether a task runs that no request awaits.
    pub(crate) fn is_busy(&self) -> bool {
        self.shared.unfinished.load(SeqCst) > 0
    }

    pub(crate) fn stop(self) {
        info!("service stopped");
        for server in self.servers {
            server.abort();
        }
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// Emits one record of a request.
fn log(id: &Id, step: &'static str) {
    info!(request = id.as_str(), "{step}");
}
