//! A receiver of OTLP over HTTP, on a runtime and a thread of its own.

use std::collections::VecDeque;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::Listener;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::received::Received;

/// An answer that the receiver gives instead of taking the request.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Whether the receiver keeps the records of the request.
    pub keeps: bool,
}

impl Answer {
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            keeps: false,
        }
    }
}

#[derive(Default)]
pub struct Log {
    pub requests: Vec<Received>,
    pub headers: Vec<HeaderMap>,
    pub paths: Vec<String>,
    pub times: Vec<Instant>,
    pub answers: VecDeque<Answer>,
}

pub struct Receiver {
    pub address: SocketAddr,
    log: Arc<Mutex<Log>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Receiver {
    pub fn start() -> Self {
        Self::at("127.0.0.1:0".parse().unwrap())
    }

    pub fn at(address: SocketAddr) -> Self {
        Self::with_listener(address, |listener| listener)
    }

    /// A receiver that accepts connections from what `wrap` makes of the socket.
    pub fn with_listener<L: Listener<Addr = SocketAddr>>(
        address: SocketAddr,
        wrap: impl FnOnce(TcpListener) -> L + Send + 'static,
    ) -> Self {
        let log = Arc::new(Mutex::new(Log::default()));
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, address_of) = std::sync::mpsc::channel();
        let state = Arc::clone(&log);
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind(address).await.unwrap();
                started.send(listener.local_addr().unwrap()).unwrap();
                let listener = wrap(listener);
                let app = Router::new()
                    .route("/v1/traces", post(take))
                    .route("/v1/logs", post(take))
                    .route("/own/traces", post(take))
                    .layer(DefaultBodyLimit::disable())
                    .with_state(state);
                let served = async move { axum::serve(listener, app).await };
                tokio::select! {
                    result = served => result.unwrap(),
                    _ = stopped => {}
                }
            });
            // Ends the connections too, as a killed process does.
            runtime.shutdown_timeout(Duration::ZERO);
        });
        Self {
            address: address_of.recv().unwrap(),
            log,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn answer(&self, answer: Answer) {
        self.log.lock().unwrap().answers.push_back(answer);
    }

    pub fn requests(&self) -> Vec<Received> {
        self.log.lock().unwrap().requests.clone()
    }

    pub fn with<T>(&self, read: impl FnOnce(&Log) -> T) -> T {
        read(&self.log.lock().unwrap())
    }

    /// Ends the receiver, and returns what it has taken.
    pub fn stop(mut self) -> Vec<Received> {
        self.end();
        self.requests()
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.end();
    }
}

async fn take(
    State(log): State<Arc<Mutex<Log>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = match headers
        .get("content-encoding")
        .map(|it| it.to_str().unwrap())
    {
        Some("gzip") => {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&*body)
                .read_to_end(&mut plain)
                .unwrap();
            plain
        }
        None => body.to_vec(),
        other => panic!("{other:?}"),
    };
    let request = match uri.path().ends_with("traces") {
        true => Received::Traces(ExportTraceServiceRequest::decode(&*body).unwrap()),
        false => Received::Logs(ExportLogsServiceRequest::decode(&*body).unwrap()),
    };
    let mut log = log.lock().unwrap();
    log.paths.push(uri.path().to_owned());
    log.headers.push(headers);
    log.times.push(Instant::now());
    let answer = log.answers.pop_front();
    if answer.as_ref().is_none_or(|answer| answer.keeps) {
        log.requests.push(request);
    }
    drop(log);
    let Some(answer) = answer else {
        return StatusCode::OK.into_response();
    };
    let mut response = Response::new(answer.body.into());
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap();
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
