//! Handlers that continue in other tasks.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use tokio::task::{JoinHandle, JoinSet, yield_now};
use tower::buffer::Buffer;
use tower::{Service as _, ServiceExt as _, service_fn};
use whose::task::JoinSetExt as _;

use super::id::header;
use super::{Forgotten, Id, Shared, log};

/// The simplest handler: a span, and a line of the `log` crate.
pub(super) async fn plain(id: Id) {
    log(&id, "handled");
    look_up(&id).await;
    log::info!("{id}: log line");
}

#[whose::trace(fields(request = id.as_str()))]
async fn look_up(id: &Id) {
    yield_now().await;
    log(id, "looked up");
}

impl Shared {
    fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        match self.has_forgotten(Forgotten::TaskSpawn) {
            true => tokio::spawn(future),
            false => whose::task::spawn(future),
        }
    }

    /// A task that panics. The handler receives the panic as an error.
    pub(super) async fn panic_in_task(&self, id: &Id) {
        let id = id.clone();
        let task = self.spawn(async move { panic!("{id}: panics in a task") });
        let joined: Result<(), _> = task.await;
        assert!(joined.is_err_and(|error| error.is_panic()));
    }
}

pub(super) async fn spawn(State(shared): State<Arc<Shared>>, id: Id) {
    let task = shared.spawn(spawned(id.clone()));
    let blocking = id.clone();
    whose::task::spawn_blocking(move || log(&blocking, "blocking"))
        .await
        .expect("a closure");
    task.await.expect("a task");
    log(&id, "spawned task joined");
}

#[whose::trace(fields(request = id.as_str()))]
async fn spawned(id: Id) {
    log(&id, "spawned task");
    yield_now().await;
    let nested = id.clone();
    let task = whose::task::spawn(async move {
        yield_now().await;
        log(&nested, "nested task");
        whose::task::spawn_blocking(move || log(&nested, "nested blocking"))
            .await
            .expect("a closure");
    });
    task.await.expect("a task");
    log(&id, "spawned task");
}

pub(super) async fn join_set(State(shared): State<Arc<Shared>>, id: Id) {
    let mut set = JoinSet::new();
    for _ in 0..3 {
        let task = joined(id.clone());
        match shared.has_forgotten(Forgotten::JoinSetSpawn) {
            true => set.spawn(task),
            false => set.spawn_scoped(task),
        };
    }
    set.join_all().await;
    log(&id, "joined all");
}

#[whose::trace(fields(request = id.as_str()))]
async fn joined(id: Id) {
    yield_now().await;
    log(&id, "joined task");
}

type Response = Pin<Box<dyn Future<Output = Result<(), Infallible>> + Send>>;
pub(super) type Buffered = Buffer<Id, Response>;

/// Starts the task of a buffer that all requests share.
pub(super) fn start_buffered() -> Buffered {
    let inner = service_fn(|id: Id| -> Response {
        log(&id, "buffered call");
        Box::pin(async move {
            yield_now().await;
            log(&id, "buffered response");
            Ok(())
        })
    });
    let (buffered, worker) = Buffer::pair(inner, 8);
    // Spawned outside every request, so that the task carries no scope.
    whose::task::spawn(worker);
    buffered
}

pub(super) async fn buffer(State(shared): State<Arc<Shared>>, id: Id) {
    let mut buffered = shared.buffered.clone();
    let ready = buffered.ready().await.expect("a worker");
    let response = ready.call(id.clone());
    response.await.expect("a response");
    log(&id, "buffer done");
}

/// Responds at once and continues to work.
pub(super) async fn background(State(shared): State<Arc<Shared>>, id: Id) {
    let (unfinished, rendezvous) = (shared.unfinished(), shared.rendezvous.clone());
    shared.spawn(async move {
        // The client has its response by then.
        rendezvous.wait(id.as_str()).await;
        log(&id, "background work");
        yield_now().await;
        look_up(&id).await;
        drop(unfinished);
    });
}

/// Calls the service itself.
pub(super) async fn call(State(shared): State<Arc<Shared>>, id: Id, headers: HeaderMap) {
    let url = format!("{}/plain", shared.origin);
    let mut request = shared.client.get(url);
    request = request.header("x-request", id.of_part("call").as_str());
    if let Some(token) = header(&headers, "authorization") {
        request = request.header("authorization", token);
    }
    let response = request.send().await.expect("a response");
    assert!(response.status().is_success());
    log(&id, "called");
}
