//! The user of the span.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use tracing::{info, info_span};
use whose::names::http::SERVER_SPAN;
use whose::tower::AttributionLayer;
use whose::{Record, Source};
use whose_tests::current::is_nothing_current;
use whose_tests::recorder::{recorder, user_and_session};
use whose_tests::runtimes::{many_threads, one_thread};

use super::service::{ask, serve, span_of, text};

async fn login(Path(user): Path<String>) {
    info!("login of {user} begins");
    tokio::task::yield_now().await;
    whose::set_user(&user);
    whose::set_session(format!("s-{user}"));
    info_span!("after the login").in_scope(|| info!("login of {user} ends"));
}

#[tokio::test]
async fn request_span_gets_user_of_login_in_handler() {
    let app = Router::new().route("/login/{user}", get(login));
    let address = serve(app.layer(AttributionLayer::new())).await;
    ask(address, "GET /login/dora", "").await;
    let span = span_of("/login/dora").await;
    assert_eq!(user_and_session(&span), (Some("dora"), Some("s-dora")));
    assert_eq!(span.user_source(), Some(Source::Isolation));
    // Events are not changed after the fact.
    let before = recorder().event("login of dora begins");
    assert_eq!(before.user_id(), None);
    assert!(before.scope_id().is_some());
}

#[tokio::test]
async fn records_of_handler_are_children_of_the_request_span() {
    let app = Router::new().route("/children/{user}", get(login));
    let address = serve(app.layer(AttributionLayer::new())).await;
    ask(address, "GET /children/eve", "").await;
    let request = span_of("/children/eve").await;
    let child = recorder().span("after the login");
    for (record, parent) in [
        (recorder().event("login of eve begins"), &request),
        (child.clone(), &request),
        (recorder().event("login of eve ends"), &child),
    ] {
        assert_eq!(record.parent_id(), parent.span_id(), "{record:?}");
        assert_eq!(record.trace_id(), request.trace_id());
    }
}

#[tokio::test]
async fn user_named_by_request_is_known_when_the_span_begins() {
    let app = Router::new().route("/named", get(|| async { info!("named handled") }));
    let layer = AttributionLayer::new()
        .user(|request: &Request| Some(request.headers().get("x-user")?.to_str().ok()?.to_owned()));
    let address = serve(app.layer(layer)).await;
    ask(address, "GET /named", "x-user: frank\r\n").await;
    assert_eq!(span_of("/named").await.user_id(), Some("frank"));
    assert_eq!(recorder().event("named handled").user_id(), Some("frank"));
}

#[tokio::test]
async fn operator_named_by_request_acts_when_the_span_begins() {
    let app = Router::new().route("/operated/{by}", get(async || info!("operated")));
    let header = |req: &Request, name| Some(req.headers().get(name)?.to_str().ok()?.to_owned());
    let layer = AttributionLayer::new()
        .actor(move |req| header(req, "x-operator"))
        .user(move |req| header(req, "x-user"));
    let address = serve(app.layer(layer)).await;
    let headers = "x-user: frank\r\nx-operator: olive\r\n";
    ask(address, "GET /operated/olive", headers).await;
    let span = span_of("/operated/olive").await;
    assert_eq!(
        (span.user_id(), span.actor_id()),
        (Some("frank"), Some("olive"))
    );
    ask(address, "GET /operated/frank", "x-user: frank\r\n").await;
    let span = span_of("/operated/frank").await;
    assert_eq!((span.user_id(), span.actor_id()), (Some("frank"), None));
}

#[tokio::test]
async fn anonymous_and_unknown_visitors_have_no_user() {
    let app = Router::new()
        .route("/anonymous", get(|| async { whose::set_anonymous() }))
        .route("/unknown", get(|| async {}));
    let address = serve(app.layer(AttributionLayer::new())).await;
    for path in ["/anonymous", "/unknown"] {
        ask(address, &format!("GET {path}"), "").await;
        assert_eq!(span_of(path).await.user_id(), None, "{path}");
    }
}

const USERS: usize = 50;
const REQUESTS: usize = 20;

/// Signs in by a middleware or in the handler, after other requests have run.
async fn authenticate(request: Request, next: Next) -> Response {
    tokio::task::yield_now().await;
    if request.uri().path().contains("/middleware/") {
        whose::set_user(request.uri().path().split('/').nth(3));
    }
    next.run(request).await
}

async fn handle(Path((_, at, user, _)): Path<(String, String, String, usize)>) -> String {
    tokio::task::yield_now().await;
    if at == "handler" {
        whose::set_user(&user);
    }
    tokio::task::yield_now().await;
    whose::current().user_id().unwrap_or_default().to_owned()
}

/// Sends the requests of all users at once.
async fn send_all(address: SocketAddr, run: &str) {
    let clients = (0..USERS).map(|user| {
        let client = whose_tests::http::client().build().unwrap();
        let run = run.to_owned();
        tokio::spawn(async move {
            for n in 0..REQUESTS {
                let at = ["middleware", "handler"][n % 2];
                let path = format!("/{run}/{at}/u{user}/{n}");
                let response = client.get(format!("http://{address}{path}")).send().await;
                assert_eq!(response.unwrap().text().await.unwrap(), format!("u{user}"));
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
}

/// The closed spans of a run, as soon as every request has one.
async fn spans_of(run: &str) -> Vec<Arc<Record>> {
    loop {
        let mut spans = recorder().records();
        spans.retain(|span| {
            let path = text(span, "url.path").filter(|_| span.name() == SERVER_SPAN);
            path.is_some_and(|path| path.split('/').nth(1) == Some(run))
        });
        if spans.len() >= USERS * REQUESTS {
            return spans;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// The right, missing and wrong users of the spans of all requests.
async fn count(run: &str) -> HashMap<&'static str, usize> {
    let app = Router::new().route("/{run}/{at}/{user}/{n}", get(handle));
    let app = app.layer(from_fn(authenticate));
    let address = serve(app.layer(AttributionLayer::new())).await;
    send_all(address, run).await;
    let spans = spans_of(run).await;
    let mut counts = HashMap::new();
    for span in &spans {
        let path = text(span, "url.path").unwrap_or_default();
        let count = match span.user_id() {
            Some(id) if path.split('/').nth(3) == Some(id) => "right",
            None => "missing",
            Some(_) => "wrong",
        };
        *counts.entry(count).or_default() += 1;
    }
    assert!(is_nothing_current());
    counts
}

#[test]
fn concurrent_requests_on_many_threads_mix_no_users() {
    let counts = many_threads().block_on(count("many"));
    assert_eq!(counts, HashMap::from([("right", USERS * REQUESTS)]));
}

#[test]
fn concurrent_requests_on_one_thread_mix_no_users() {
    let counts = one_thread().block_on(count("one"));
    assert_eq!(counts, HashMap::from([("right", USERS * REQUESTS)]));
}

#[tokio::test]
async fn user_and_session_of_layer_have_the_call_sites_of_its_closures() {
    let header = |req: &Request, name| Some(req.headers().get(name)?.to_str().ok()?.to_owned());
    let layer = AttributionLayer::new();
    let layer = layer.user(move |req| header(req, "x-user"));
    let user_line = line!() - 1;
    let layer = layer.session(move |req| header(req, "x-visit"));
    let session_line = line!() - 1;
    let app = Router::new().route("/sites", get(async || info!("of the layer")));
    let address = serve(app.layer(layer)).await;
    ask(address, "GET /sites", "x-user: alice\r\nx-visit: v-1\r\n").await;
    let event = recorder().event("of the layer");
    let site = |site: Option<whose::CallSite>| site.map(|site| (site.file, site.line));
    assert_eq!(site(event.user_call_site()), Some((file!(), user_line)));
    assert_eq!(
        site(event.session_call_site()),
        Some((file!(), session_line))
    );
}
