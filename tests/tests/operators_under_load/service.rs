//! The service: one route for each way in which work leaves a handler.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::stream::{self, StreamExt as _};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinSet, yield_now};
use tracing::{Instrument as _, Span, info, info_span};
use whose::task::JoinSetExt as _;
use whose::tower::AttributionLayer;
use whose::{Actor, Scope, ScopeExt as _};

use super::truth::{Run, Step, clerk, customer, operator, planner};

/// The routes whose handlers know the user from the middleware.
pub(crate) const SIGNED_IN: [&str; 12] = [
    "plain", "agent", "spawn", "blocking", "rayon", "queue", "sse", "ws", "join-set", "panic",
    "cancel", "nested",
];
/// The routes whose handlers find out the user themselves.
pub(crate) const SIGNED_IN_LATE: [&str; 3] = ["late", "identify", "logout"];

pub(crate) struct Service {
    pub(crate) run: Run,
    pub(crate) address: SocketAddr,
    /// Requests whose clients wait until the handler runs, before they go away.
    arrivals: Arc<Mutex<HashMap<u32, oneshot::Sender<()>>>>,
}

#[derive(Clone)]
struct App {
    run: Run,
    arrivals: Arc<Mutex<HashMap<u32, oneshot::Sender<()>>>>,
    jobs: mpsc::Sender<Job>,
}

impl App {
    /// Tells the client of a request that the handler runs.
    fn arrive(&self, request: u32) {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(arrival) = arrivals.remove(&request) {
            let _ = arrival.send(());
        }
    }
}

/// The work of a request.
#[derive(Clone, Copy)]
struct Work {
    run: Run,
    request: u32,
}

/// Work for the worker, with the scope or the span of its request.
struct Job {
    work: Work,
    carrier: Result<Scope, Span>,
    done: oneshot::Sender<()>,
}

impl Service {
    pub(crate) async fn start(run: Run) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (jobs, inbox) = mpsc::channel(8);
        tokio::spawn(work_for_all(inbox));
        let arrivals = Arc::default();
        let app = App {
            run,
            arrivals: Arc::clone(&arrivals),
            jobs,
        };
        let header = |request: &Request, name| {
            let value = request.headers().get(name)?;
            Some(value.to_str().ok()?.to_owned())
        };
        let layer = AttributionLayer::new().session(move |request| header(request, "x-session"));
        let routes = Router::new()
            .route("/{run}/{kind}/{request}", get(handle))
            .route("/{run}/ws/{request}", get(websocket))
            .with_state(app)
            .layer(from_fn(authenticate))
            .layer(layer);
        tokio::spawn(async { axum::serve(listener, routes).await });
        Self {
            run,
            address,
            arrivals,
        }
    }

    /// Notes that the client of a request waits for the handler.
    pub(crate) fn expect(&self, request: u32, arrival: oneshot::Sender<()>) {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        arrivals.insert(request, arrival);
    }
}

/// Knows the customer, and the operator who acts for the customer.
async fn authenticate(request: Request, next: Next) -> Response {
    yield_now().await;
    let mut parts = request.uri().path().split('/').skip(2);
    let kind = parts.next().unwrap_or_default().to_owned();
    let number: u32 = parts.next().and_then(|it| it.parse().ok()).unwrap_or(0);
    whose::flag("request", number.to_string());
    if SIGNED_IN.contains(&&*kind) {
        sign_in(number);
    }
    yield_now().await;
    next.run(request).await
}

fn sign_in(request: u32) {
    whose::set_user(customer(request));
    whose::set_actor(operator(request).as_deref().map(Actor::user));
}

impl Work {
    fn key(self, step: Step) -> String {
        step.key(self.run, self.request)
    }

    /// Makes one record of each kind.
    fn emit(self, step: Step) {
        let key = &*self.key(step);
        info!(key, "an event");
        info_span!("work", key).in_scope(|| whose::capture_error(&std::io::Error::other(key)));
        whose::usage(key).input_tokens(1).output_tokens(1).record();
        whose::monitor(key).run(|| ());
        self.run.emits(6);
    }

    async fn emit_later(self, step: Step) {
        yield_now().await;
        self.emit(step);
    }
}

#[whose::trace(agent = name)]
async fn plan(name: String, work: Work) {
    work.emit(Step::Agent);
    yield_now().await;
    whose::task::spawn(work.emit_later(Step::Agent))
        .await
        .expect("a task");
    tokio::spawn(work.emit_later(Step::Agent).with_current_scope())
        .await
        .expect("a task");
}

#[whose::with_user(from = customer, actor = operator, identify)]
async fn review(customer: String, operator: Option<String>, work: Work) {
    work.emit(Step::Own);
    yield_now().await;
    work.emit(Step::Own);
}

async fn in_tasks(work: Work) {
    let carried = whose::task::spawn(work.emit_later(Step::Own));
    let in_span = tokio::spawn(work.emit_later(Step::Own).in_current_span());
    let bare = tokio::spawn(work.emit_later(Step::Uncarried));
    for task in [carried, in_span, bare] {
        task.await.expect("a task");
    }
}

async fn in_threads(work: Work) {
    let carried = whose::task::spawn_blocking(move || work.emit(Step::Own));
    let bare = tokio::task::spawn_blocking(move || work.emit(Step::Uncarried));
    carried.await.expect("a thread");
    bare.await.expect("a thread");
}

async fn in_rayon(work: Work) {
    let (done, wait) = oneshot::channel();
    whose::rayon::spawn(move || {
        let emit = || work.emit(Step::Own);
        whose::rayon::join(emit, emit);
        rayon::spawn(move || {
            work.emit(Step::Uncarried);
            let _ = done.send(());
        });
    });
    wait.await.expect("the job is done");
}

async fn in_queue(app: &App, work: Work) {
    for carrier in [Ok(Scope::current()), Err(Span::current())] {
        let (done, wait) = oneshot::channel();
        let job = Job {
            work,
            carrier,
            done,
        };
        assert!(app.jobs.send(job).await.is_ok(), "the worker runs");
        wait.await.expect("the job is done");
    }
}

async fn handle(
    State(app): State<App>,
    Path((_, kind, request)): Path<(String, String, u32)>,
) -> Response {
    let run = app.run;
    let work = Work { run, request };
    if SIGNED_IN_LATE.contains(&&*kind) {
        work.emit_later(Step::Unknown).await;
    } else {
        work.emit_later(Step::Own).await;
    }
    match &*kind {
        "agent" => plan(planner(request), work).await,
        "spawn" => in_tasks(work).await,
        "blocking" => in_threads(work).await,
        "rayon" => in_rayon(work).await,
        "queue" => in_queue(&app, work).await,
        "sse" => {
            let events = stream::iter(0..3).then(move |_| async move {
                work.emit_later(Step::Own).await;
                Ok::<_, Infallible>(Event::default().data("more"))
            });
            return Sse::new(events.with_current_scope()).into_response();
        }
        "join-set" => {
            let mut tasks = JoinSet::new();
            for _ in 0..3 {
                tasks.spawn_scoped(work.emit_later(Step::Own));
            }
            tasks.join_all().await;
        }
        "panic" => {
            run.emits(1);
            panic!("{}", work.key(Step::Own));
        }
        "cancel" => return cancelled(&app, work).await,
        "nested" => {
            let job = async {
                whose::set_user(customer(request + 1));
                whose::set_actor(clerk(request));
                work.emit_later(Step::Other).await;
            };
            job.with_scope(Scope::isolated()).await;
        }
        "late" => {
            sign_in(request);
            work.emit_later(Step::Own).await;
        }
        "identify" => review(customer(request), operator(request), work).await,
        "logout" => {
            sign_in(request);
            work.emit_later(Step::Own).await;
            whose::clear_user();
            work.emit_later(Step::Unknown).await;
            return "signed out".into_response();
        }
        _ => {}
    }
    if kind != "identify" {
        work.emit(Step::Own);
    }
    "done".into_response()
}

/// Never answers. Makes records while the request is dropped.
async fn cancelled(app: &App, work: Work) -> Response {
    struct EmitOnDrop(Work);
    impl Drop for EmitOnDrop {
        fn drop(&mut self) {
            self.0.emit(Step::Own);
        }
    }
    let _dropped = EmitOnDrop(work);
    app.arrive(work.request);
    pending().await
}

/// One worker for the requests of all users.
async fn work_for_all(mut inbox: mpsc::Receiver<Job>) {
    while let Some(job) = inbox.recv().await {
        let run = job.work.emit_later(Step::Own);
        match job.carrier {
            Ok(scope) => run.with_scope(scope).await,
            Err(span) => run.instrument(span).await,
        }
        let _ = job.done.send(());
    }
}

async fn websocket(
    State(app): State<App>,
    Path((_, request)): Path<(String, u32)>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let run = app.run;
    let work = Work { run, request };
    work.emit(Step::Own);
    let scope = Scope::current();
    upgrade.on_upgrade(move |socket| talk(work, socket).with_scope(scope))
}

/// Sends each message back.
async fn talk(work: Work, mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if let Message::Text(text) = message {
            work.emit_later(Step::Own).await;
            let _ = socket.send(Message::Text(text)).await;
        }
    }
}
