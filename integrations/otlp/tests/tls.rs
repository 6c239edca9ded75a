//! TLS over TCP, against receivers with self-signed certificates. The variables that name the files of
//! certificates belong to a process, so each sink runs in this test program, started again.

#![cfg(feature = "tls")]
#![allow(clippy::unwrap_used)]

mod support;

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use support::harness::record_into;
use support::received::{attributes, logs, spans};
use support::receiver::Receiver;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use whose::RecordSink;

const CHILD: &str = "WHOSE_OTLP_TEST_CHILD";
/// The time in which a flush of the child reports that the receiver is not trusted.
const FLUSH: Duration = Duration::from_secs(20);

/// The child process: prints whether the records arrived.
#[test]
fn child_process() {
    if env::var_os(CHILD).is_none() {
        return;
    }
    let sink = whose_otlp::sink();
    record_into(&sink, || {
        whose::user("alice").in_scope(|| {
            tracing::info_span!("work").in_scope(|| tracing::info!("hello"));
        });
    });
    println!("is safe: {}", sink.flush(FLUSH).is_safe());
}

/// Sends a span and a log record to the receiver, and returns whether the sink knows them to be safe.
fn send(url: &str, variables: &[(&str, PathBuf)]) -> bool {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child_process", "--nocapture"])
        .env(CHILD, "1")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("is safe: "), "{printed}");
    printed.contains("is safe: true")
}

/// A self-signed certificate for this machine, and its files.
struct Certificate {
    key: CertifiedKey<KeyPair>,
    certificate: PathBuf,
    private_key: PathBuf,
}

impl Certificate {
    fn new(folder: &TempDir, name: &str) -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let key = generate_simple_self_signed(names).unwrap();
        let path = |end: &str| folder.path().join(format!("{name}.{end}"));
        let (certificate, private_key) = (path("pem"), path("key"));
        fs::write(&certificate, key.cert.pem()).unwrap();
        fs::write(&private_key, key.signing_key.serialize_pem()).unwrap();
        Self {
            key,
            certificate,
            private_key,
        }
    }

    fn der(&self) -> CertificateDer<'static> {
        self.key.cert.der().clone()
    }

    /// The settings of a receiver with this certificate, which asks for the certificate of `client`.
    fn server(&self, client: Option<&Self>) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone());
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = match client {
            None => builder.with_no_client_auth(),
            Some(client) => {
                let mut roots = RootCertStore::empty();
                roots.add(client.der()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::try_from(self.key.signing_key.serialize_der()).unwrap();
        builder.with_single_cert(vec![self.der()], key).unwrap()
    }
}

struct TlsListener {
    socket: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.socket.accept().await.unwrap();
            // A client that does not trust the receiver ends the handshake.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.socket.local_addr()
    }
}

/// A receiver of OTLP over HTTPS.
fn receiver(config: ServerConfig) -> Receiver {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Receiver::with_listener("127.0.0.1:0".parse().unwrap(), |socket| TlsListener {
        socket,
        acceptor,
    })
}

fn url(receiver: &Receiver) -> String {
    format!("https://{}", receiver.address)
}

fn has_arrived(receiver: &Receiver) -> bool {
    let requests = receiver.requests();
    let (spans, logs) = (spans(&requests), logs(&requests));
    let users = spans.iter().map(|span| attributes(&span.attributes));
    for user in users.chain(logs.iter().map(|log| attributes(&log.attributes))) {
        assert_eq!(user["user.id"], "alice");
    }
    assert_eq!(spans.len(), logs.len());
    spans.len() == 1
}

#[test]
fn receiver_of_listed_certificate_gets_records() {
    let folder = TempDir::new().unwrap();
    let own = Certificate::new(&folder, "own");
    let receiver = receiver(own.server(None));
    let trust = ("OTEL_EXPORTER_OTLP_CERTIFICATE", own.certificate.clone());
    assert!(send(&url(&receiver), &[trust]));
    assert!(has_arrived(&receiver));
}

#[test]
fn receiver_of_unknown_certificate_gets_nothing() {
    let folder = TempDir::new().unwrap();
    let (own, other) = (
        Certificate::new(&folder, "own"),
        Certificate::new(&folder, "other"),
    );
    let receiver = receiver(own.server(None));
    let trust = ("OTEL_EXPORTER_OTLP_CERTIFICATE", other.certificate.clone());
    for variables in [&[][..], &[trust]] {
        assert!(!send(&url(&receiver), variables));
    }
    assert!(receiver.requests().is_empty());
}

#[test]
fn receiver_that_asks_for_a_client_certificate_gets_records_of_that_client_only() {
    let folder = TempDir::new().unwrap();
    let (own, client) = (
        Certificate::new(&folder, "own"),
        Certificate::new(&folder, "client"),
    );
    let receiver = receiver(own.server(Some(&client)));
    let trust = ("OTEL_EXPORTER_OTLP_CERTIFICATE", own.certificate.clone());
    assert!(!send(&url(&receiver), std::slice::from_ref(&trust)));
    assert!(receiver.requests().is_empty());
    let identity = [
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", client.certificate),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", client.private_key),
    ];
    let [certificate, key] = identity;
    assert!(send(&url(&receiver), &[trust, certificate, key]));
    assert!(has_arrived(&receiver));
}

#[cfg(feature = "grpc")]
#[test]
fn receiver_over_grpc_is_trusted_by_its_certificate_only() {
    use support::grpc_receiver::{Service, free_address, serve};
    use tonic::transport::{Identity, Server, ServerTlsConfig};

    let folder = TempDir::new().unwrap();
    let (own, other) = (
        Certificate::new(&folder, "own"),
        Certificate::new(&folder, "other"),
    );
    let pem = |path| fs::read(path).unwrap();
    let identity = Identity::from_pem(pem(&own.certificate), pem(&own.private_key));
    let server = Server::builder().tls_config(ServerTlsConfig::new().identity(identity));
    let (address, service) = (free_address(), Service::default());
    serve(server.unwrap(), address, service.clone());
    let send = |trusted: &Certificate| {
        let variables = [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", PathBuf::from("grpc")),
            (
                "OTEL_EXPORTER_OTLP_CERTIFICATE",
                trusted.certificate.clone(),
            ),
        ];
        send(&format!("https://{address}"), &variables)
    };
    // The receiver may still be starting.
    while std::net::TcpStream::connect(address).is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!send(&other));
    assert!(service.0.lock().unwrap().requests.is_empty());
    assert!(send(&own));
    let requests = service.0.lock().unwrap().requests.clone();
    assert_eq!((spans(&requests).len(), logs(&requests).len()), (1, 1));
}
