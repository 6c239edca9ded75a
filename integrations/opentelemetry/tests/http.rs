//! A service over TCP: two hundred users at once, on both runtimes. The truth is the name in each
//! request; the exporter shows what OpenTelemetry was told.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashMap;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use common::{Sdk, all, user};
use opentelemetry::trace::{TraceId, Tracer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tracing::{Instrument, info, info_span};
use tracing_subscriber::prelude::*;
use whose::{Scope, ScopeExt};
use whose_opentelemetry::Bridge;

const USERS: usize = 100;

async fn handle(Path(user): Path<String>, tracer: opentelemetry_sdk::trace::SdkTracer) -> String {
    let request = info_span!("request", truth = %user);
    let work = async {
        info!(truth = %user, "before login");
        tokio::task::yield_now().await;
        whose::set_user(&*user);
        whose::set_session(format!("session-of-{user}"));
        let inner = info_span!("inner", truth = %user);
        tokio::task::yield_now().await;
        async {
            info!(truth = %user, "inside");
            tokio::task::yield_now().await;
            let mut native = tracer.start("native");
            opentelemetry::trace::Span::set_attribute(
                &mut native,
                opentelemetry::KeyValue::new("truth", user.clone()),
            );
            tokio::task::yield_now().await;
            drop(native);
        }
        .instrument(inner)
        .await;
        // A span that is closed on another task, and one that is never entered.
        let sent = info_span!("sent", truth = %user);
        tokio::spawn(async move {
            tokio::task::yield_now().await;
            drop(sent);
        })
        .await
        .unwrap();
        drop(info_span!("never", truth = %user));
        user.clone()
    };
    work.instrument(request).await
}

async fn serve_and_ask(sdk: &Sdk) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tracer = sdk.tracer();
    let route =
        get(move |path: Path<String>| handle(path, tracer.clone()).with_scope(Scope::isolated()));
    let app = Router::new().route("/{user}", route);
    let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let clients: Vec<_> = (0..USERS)
        .map(|number| {
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                let request = format!(
                    "GET /user-{number} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(request.as_bytes()).await.unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await.unwrap();
                assert!(answer.ends_with(&format!("user-{number}")), "{answer}");
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    server.abort();
}

/// Every span and event has the user that it names itself, and one trace has one user.
fn check(sdk: &Sdk) {
    let spans = sdk.spans();
    let mut of_trace: HashMap<TraceId, String> = HashMap::new();
    let (mut right, mut events) = (0, 0);
    for span in &spans {
        let truth = all(&span.attributes, "truth");
        assert_eq!(
            user(&span.attributes),
            truth,
            "{} has another user",
            span.name
        );
        let session = format!("session-of-{}", truth[0]);
        assert_eq!(all(&span.attributes, "session.id"), [session]);
        let trace = of_trace
            .entry(span.span_context.trace_id())
            .or_insert_with(|| truth[0].clone());
        assert_eq!(*trace, truth[0]);
        right += 1;
        for event in &span.events.events {
            let truth = all(&event.attributes, "truth");
            match &*event.name {
                "before login" => assert!(user(&event.attributes).is_empty()),
                _ => assert_eq!(user(&event.attributes), truth),
            }
            events += 1;
        }
    }
    assert_eq!((right, events), (USERS * 5, USERS * 2));
    assert_eq!(of_trace.len(), USERS);
}

fn install() -> Sdk {
    let sdk = Sdk::with_processor(Bridge::new());
    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
    tracing_subscriber::registry()
        .with(whose::layer())
        .with(sdk.bridge.layer(telemetry))
        .init();
    sdk
}

/// One test, since the subscriber is global: the runtimes one after the other.
#[test]
fn every_span_and_event_of_a_service_has_its_user_on_both_runtimes() {
    let sdk = install();
    let current = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    current.block_on(serve_and_ask(&sdk));
    check(&sdk);
    sdk.exporter.reset();

    let multi = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap();
    multi.block_on(serve_and_ask(&sdk));
    drop(multi);
    check(&sdk);
}
