//! Spotlight, the local window on what Sentry receives.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use std::{env, io, thread};

use sentry_core::client_report::{Reason, Recorder};
use sentry_core::protocol::Url;
use sentry_core::{ClientOptions, Envelope, Transport, TransportFactory, TransportOptions};

use crate::warnings::{self, Warning};

/// Where Spotlight listens unless told otherwise.
const DEFAULT_URL: &str = "http://localhost:8969/stream";
/// The DSN of a client that sends to Spotlight alone. Without any DSN, Sentry's client is disabled.
const DSN: &str = "http://spotlight@localhost/1";
/// Spotlight drops envelopes without this type.
const CONTENT_TYPE: &str = "application/x-sentry-envelope";
/// The most envelopes that wait.
const CAPACITY: usize = 100;
/// How long one envelope may take.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Sends what the client sends to a local Spotlight too, where the variable `SENTRY_SPOTLIGHT` asks
/// for it.
///
/// The variable is `1` or `true` for `http://localhost:8969/stream`, or the URL. Without the variable,
/// and with `0` or `false`, the options stay as they are. Where neither the options nor `SENTRY_DSN`
/// have a DSN, the client sends to Spotlight alone.
///
/// ```
/// let options = whose_sentry::spotlight(sentry::ClientOptions::new().traces_sample_rate(1.0));
/// assert!(options.transport.is_none(), "SENTRY_SPOTLIGHT is not set");
/// ```
pub fn spotlight(options: ClientOptions) -> ClientOptions {
    let url = match env::var("SENTRY_SPOTLIGHT").as_deref() {
        Ok("1" | "true" | "yes" | "on") => DEFAULT_URL.to_owned(),
        Ok("" | "0" | "false" | "no" | "off") | Err(_) => return options,
        Ok(url) => url.to_owned(),
    };
    Spotlight::new(url).add_to(options)
}

/// A transport that sends envelopes to a local Spotlight, and also to another transport.
///
/// ```
/// use whose_sentry::Spotlight;
///
/// let options = sentry::ClientOptions::new().traces_sample_rate(1.0);
/// let options = Spotlight::new("http://localhost:8969/stream").add_to(options);
/// assert!(options.dsn.is_some() && options.transport.is_some());
/// ```
#[derive(Clone)]
#[must_use]
pub struct Spotlight {
    url: String,
    and: Option<Arc<dyn TransportFactory>>,
}

impl Spotlight {
    /// Sends to the Spotlight at a URL of the form `http://host:port/path`. The path is usually
    /// `/stream`.
    ///
    /// Another URL logs a warning when the client is created, and nothing is sent to Spotlight.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            and: None,
        }
    }

    /// Makes Spotlight the transport of the options. A transport that the options have receives every
    /// envelope too.
    ///
    /// `sentry::init` sets its own transport only where the options have none. To send to Sentry and
    /// to Spotlight, set the transport of Sentry before.
    pub fn add_to(mut self, mut options: ClientOptions) -> ClientOptions {
        self.and = options.transport.take();
        let has_dsn = options.dsn.is_some() || env::var_os("SENTRY_DSN").is_some();
        if has_dsn && self.and.is_none() {
            warnings::defer(Warning::SpotlightOnly);
        }
        if !has_dsn {
            options = options.dsn(DSN);
        }
        options.transport(self)
    }
}

impl std::fmt::Debug for Spotlight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Spotlight");
        shown
            .field("url", &self.url)
            .field("and", &self.and.is_some());
        shown.finish()
    }
}

impl TransportFactory for Spotlight {
    fn create_transport_with_options(&self, options: TransportOptions) -> Arc<dyn Transport> {
        let recorder = options.client_report_recorder.clone();
        let and = self.and.as_ref();
        let and = and.map(|and| and.create_transport_with_options(options));
        // Losses on the way to Spotlight are no losses of Sentry, where Sentry is told as well.
        let recorder = and.is_none().then_some(recorder);
        let tasks =
            Endpoint::parse(&self.url).and_then(|endpoint| start(endpoint, recorder.clone()));
        if tasks.is_none() {
            warnings::defer(Warning::SpotlightUrl);
        }
        Arc::new(Both {
            tasks,
            recorder,
            and,
        })
    }
}

enum Task {
    Send(Box<Envelope>),
    Flush(SyncSender<()>),
}

struct Both {
    tasks: Option<SyncSender<Task>>,
    recorder: Option<Recorder>,
    and: Option<Arc<dyn Transport>>,
}

impl Both {
    fn flush_spotlight(&self, timeout: Duration) -> bool {
        let Some(tasks) = &self.tasks else {
            return true;
        };
        let (done, wait) = sync_channel(1);
        tasks.try_send(Task::Flush(done)).is_ok() && wait.recv_timeout(timeout).is_ok()
    }
}

impl Transport for Both {
    fn send_envelope(&self, envelope: Envelope) {
        if let Some(and) = &self.and {
            and.send_envelope(envelope.clone());
        }
        let Some(tasks) = &self.tasks else {
            return;
        };
        if let Err(error) = tasks.try_send(Task::Send(Box::new(envelope))) {
            use std::sync::mpsc::TrySendError::{Disconnected, Full};
            let (Full(task) | Disconnected(task)) = error;
            if let (Task::Send(envelope), Some(recorder)) = (task, &self.recorder) {
                recorder.record_lost_data(&*envelope, Reason::QueueOverflow);
            }
        }
    }

    fn flush(&self, timeout: Duration) -> bool {
        let spotlight = self.flush_spotlight(timeout);
        self.and.as_ref().is_none_or(|and| and.flush(timeout)) && spotlight
    }

    fn shutdown(&self, timeout: Duration) -> bool {
        let spotlight = self.flush_spotlight(timeout);
        self.and.as_ref().is_none_or(|and| and.shutdown(timeout)) && spotlight
    }
}

/// Starts the thread that sends; `None` where the system has no thread left. The thread ends with the
/// last sender.
fn start(endpoint: Endpoint, recorder: Option<Recorder>) -> Option<SyncSender<Task>> {
    let (sender, receiver) = sync_channel(CAPACITY);
    let thread = thread::Builder::new().name("whose-spotlight".into());
    let run = move || run(&endpoint, &receiver, recorder.as_ref());
    thread.spawn(run).ok().map(|_| sender)
}

fn run(endpoint: &Endpoint, tasks: &Receiver<Task>, recorder: Option<&Recorder>) {
    for task in tasks {
        match task {
            Task::Send(envelope) => {
                if endpoint.post(&envelope).is_err() {
                    warnings::defer(Warning::SpotlightUnreachable);
                    if let Some(recorder) = recorder {
                        recorder.record_lost_data(&*envelope, Reason::NetworkError);
                    }
                }
            }
            Task::Flush(done) => {
                let _ = done.send(());
            }
        }
    }
}

struct Endpoint {
    host: String,
    port: u16,
    path: String,
}

impl Endpoint {
    fn parse(url: &str) -> Option<Self> {
        let url: Url = url.parse().ok()?;
        (url.scheme() == "http").then_some(())?;
        Some(Self {
            host: url.host_str()?.trim_matches(['[', ']']).to_owned(),
            port: url.port_or_known_default()?,
            path: url.path().to_owned(),
        })
    }

    /// Posts one envelope. Spotlight is local, so a connection for each envelope is cheap.
    fn post(&self, envelope: &Envelope) -> io::Result<()> {
        let Self { host, port, path } = self;
        let mut body = Vec::new();
        envelope.to_writer(&mut body)?;
        let mut stream = TcpStream::connect((host.as_str(), *port))?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: {CONTENT_TYPE}\r\n\
             Content-Length: {}\r\nUser-Agent: whose-sentry\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(&body)?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        match &status {
            [b'H', b'T', b'T', b'P', b'/', _, b'.', _, b' ', b'2', ..] => Ok(()),
            _ => Err(io::Error::other("Spotlight answered with an error")),
        }
    }
}
