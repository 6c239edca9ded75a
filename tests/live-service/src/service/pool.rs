//! A pool of connections, each of which keeps the span of the request that opened the connection.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use tokio::sync::Semaphore;
use tokio::task::yield_now;
use tracing::{Instrument as _, Span, info_span};

use super::{Id, Shared, log};

/// A connection that keeps the span of its creation, as database clients do.
struct Connection {
    span: Span,
}

impl Connection {
    fn open(id: &Id) -> Self {
        let span = info_span!("connection", request = id.as_str());
        Self { span }
    }

    /// A query, in the span of the connection.
    async fn query(&self, id: &Id, step: &'static str) {
        let query = async {
            log(id, step);
            yield_now().await;
            log(id, step);
        };
        query.instrument(self.span.clone()).await;
    }
}

/// The idle connections, and a permit for each.
pub(super) struct Connections {
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

/// The maximum number of connections.
const MAX_CONNECTIONS: usize = 16;

impl Default for Connections {
    fn default() -> Self {
        Self {
            idle: Mutex::default(),
            permits: Semaphore::new(MAX_CONNECTIONS),
        }
    }
}

impl Connections {
    async fn query(&self, id: &Id, step: &'static str) {
        let _permit = self.permits.acquire().await.expect("the pool is open");
        let connection = self.idle().pop().unwrap_or_else(|| Connection::open(id));
        connection.query(id, step).await;
        self.idle().push(connection);
    }

    pub(super) fn close(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens another connection.
pub(super) async fn open(State(shared): State<Arc<Shared>>, id: Id) {
    let connection = Connection::open(&id);
    connection.query(&id, "query").await;
    shared.connections.idle().push(connection);
}

/// The query that looks up the user of a request.
pub(super) async fn query_before_login(shared: &Shared, id: &Id) {
    shared.connections.query(id, "query before login").await;
}

pub(super) async fn pool(State(shared): State<Arc<Shared>>, id: Id) {
    shared.connections.query(&id, "query").await;
    log(&id, "queried");
}

/// Responds at once and queries afterwards.
pub(super) async fn background(State(shared): State<Arc<Shared>>, id: Id) {
    let unfinished = shared.unfinished();
    whose::task::spawn(async move {
        shared.rendezvous.wait(id.as_str()).await;
        shared.connections.query(&id, "background query").await;
        drop(unfinished);
    });
}
