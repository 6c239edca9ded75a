//! The audit line of a record states what happened, with the real binary and a real store.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use support::{as_alice, stdout, store_of, wide};
use tower::{Layer as _, ServiceExt as _};
use tracing::{info, info_span};
use whose::tower::{AttributionLayer, ClientLayer};

/// The trail of alice, after `work`.
fn trail_of(work: impl FnOnce()) -> String {
    let folder = store_of(|it| it, || as_alice(work));
    wide(folder.path(), &["audit", "--user", "alice"])
}

fn assert_lines(trail: &str, lines: &[&str]) {
    for line in lines {
        let is_cell = |cell: &str| cell.trim() == *line;
        assert!(trail.split("  ").any(is_cell), "{line}:\n{trail}");
    }
}

#[test]
fn request_span_has_method_path_and_status_by_current_and_older_names() {
    let trail = trail_of(|| {
        drop(info_span!(
            "current",
            http.request.method = "GET",
            http.route = "/orders/{id}",
            url.path = "/orders/17",
            http.response.status_code = 200
        ));
        drop(info_span!(
            "without_route",
            http.request.method = "DELETE",
            url.path = "/orders/18?token=secret",
            http.response.status_code = 204
        ));
        drop(info_span!(
            "older",
            http.method = "PUT",
            http.target = "/orders/19?token=secret",
            http.status_code = 404
        ));
        drop(info_span!(
            "client",
            http.request.method = "POST",
            url.full = "https://shop.example?to=/secret",
            http.response.status_code = 502
        ));
        drop(info_span!(
            "tower_http",
            method = "PATCH",
            uri = "https://x.example/pay?a=secret",
            status = "503"
        ));
        drop(info_span!(
            "pending",
            http.request.method = "HEAD",
            url.path = "/slow"
        ));
        drop(info_span!(
            "unknown_method",
            http.request.method = "_OTHER",
            http.request.method_original = "PURGE",
            url.path = "/cache"
        ));
    });
    assert_lines(
        &trail,
        &[
            "GET /orders/{id} 200",
            "DELETE /orders/18 204",
            "PUT /orders/19 404",
            "POST / 502",
            "PATCH /pay 503",
            "HEAD /slow",
            "PURGE /cache",
        ],
    );
    assert!(!trail.contains("secret"), "{trail}");
}

/// Sends requests through the layers of `whose` on this thread.
fn send(paths: &[&str]) {
    let app: Router = Router::new()
        .route("/orders/{id}", get(async || whose::set_user("alice")))
        .route(
            "/broken",
            get(async || {
                whose::set_user("alice");
                StatusCode::INTERNAL_SERVER_ERROR
            }),
        )
        .route(
            "/slow",
            get(async || {
                whose::set_user("alice");
                std::future::pending::<()>().await
            }),
        )
        .layer(AttributionLayer::new());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let client = ClientLayer::new().layer(app);
    for path in paths {
        let request = Request::get(format!("http://shop.example{path}?token=secret"));
        let sent = client.clone().oneshot(request.body(Body::empty()).unwrap());
        runtime.block_on(async {
            tokio::select! {
                biased;
                response = sent => drop(response.unwrap()),
                () = tokio::task::yield_now() => {}
            }
        });
    }
}

#[test]
fn spans_of_the_tower_layers_have_method_path_and_status() {
    let trail = trail_of(|| send(&["/orders/17", "/broken", "/slow"]));
    let count = |line: &str| {
        let cells = trail.split("  ").map(str::trim);
        cells.filter(|cell| *cell == line).count()
    };
    // Of the client, and of the server.
    for line in [
        "GET /orders/17 200",
        "GET /broken 500",
        "GET /slow canceled",
    ] {
        assert_eq!(count(line), 2, "{line}:\n{trail}");
    }
    for secret in ["secret", "shop.example"] {
        assert!(!trail.contains(secret), "{trail}");
    }
}

#[test]
fn span_with_other_method_or_without_path_keeps_its_name() {
    let trail = trail_of(|| {
        drop(info_span!("parse", method = "recursive", path = "/x"));
        drop(info_span!("dial", http.request.method = "GET"));
        drop(info_span!("stat", url.path = "/x"));
    });
    assert_lines(&trail, &["parse", "dial", "stat"]);
    assert!(!trail.contains("/x"), "{trail}");
}

#[whose::trace(
    err,
    fields(
        http.request.method = "GET",
        url.path = "/orders",
        http.response.status_code = 500
    )
)]
fn serve() -> Result<(), std::io::Error> {
    Err(std::io::Error::other("no connection"))
}

#[test]
fn failed_request_span_has_status_and_error() {
    let trail = trail_of(|| drop(serve()));
    assert_lines(&trail, &["GET /orders 500 failed: no connection"]);
}

#[whose::trace(kind = tool)]
fn refund_order() {}

#[test]
fn tool_span_has_name_of_tool() {
    let trail = trail_of(|| {
        drop(info_span!(
            "execute_tool look_up_order",
            gen_ai.operation.name = "execute_tool",
            gen_ai.tool.name = "look_up_order"
        ));
        drop(info_span!(
            "call",
            openinference.span.kind = "TOOL",
            tool.name = "send_mail"
        ));
        refund_order();
    });
    assert_lines(&trail, &["look_up_order", "send_mail", "refund_order"]);
    assert!(!trail.contains("execute_tool"), "{trail}");
}

#[test]
fn model_call_has_model_tokens_and_parts() {
    let folder = store_of(
        |it| it,
        || {
            as_alice(|| {
                whose::usage("gpt-4o-2024-08-06")
                    .input_tokens(100_000)
                    .output_tokens(20_000)
                    .cache_read_tokens(80_000)
                    .reasoning_tokens(5_000)
                    .service_tier("default")
                    .record();
                whose::usage("gpt-4o")
                    .input_tokens(12)
                    .output_tokens(0)
                    .service_tier("batch")
                    .record();
                drop(info_span!(
                    "chat",
                    gen_ai.operation.name = "chat",
                    gen_ai.request.model = "o3",
                    gen_ai.usage.input_tokens = 7,
                    gen_ai.usage.output_tokens = 9
                ));
                info!(
                    gen_ai.operation.name = "chat",
                    gen_ai.request.model = "o4-mini",
                    gen_ai.usage.input_tokens = 1,
                    gen_ai.usage.output_tokens = 2,
                    "answered"
                );
            });
        },
    );
    let lines = [
        "gpt-4o-2024-08-06 100,000 -> 20,000 tokens (80,000 cached, 5,000 reasoning)",
        "gpt-4o 12 -> 0 tokens (batch)",
        "o3 7 -> 9 tokens",
        "o4-mini 1 -> 2 tokens: answered",
    ];
    assert_lines(&wide(folder.path(), &["audit", "--user", "alice"]), &lines);
    let narrow = stdout(folder.path(), &["audit", "--session", "s-1"]);
    assert_lines(&narrow, &lines);
}

#[test]
fn cache_writes_are_in_the_line_of_a_call_and_in_costs_only() {
    let folder = store_of(
        |it| it,
        || {
            as_alice(|| {
                whose::usage("claude-sonnet-4-6")
                    .provider("anthropic")
                    .input_tokens(5)
                    .cache_read_tokens(1_000)
                    .cache_write_tokens(300)
                    .output_tokens(200)
                    .record();
            });
        },
    );
    let line = "claude-sonnet-4-6 1,305 -> 200 tokens (1,000 cached, 300 cache writes)";
    assert_lines(&wide(folder.path(), &["audit", "--user", "alice"]), &[line]);
    // 5 * 3 + 1,000 * 0.3 + 300 * 3.75 + 200 * 15 dollars for a million tokens.
    let costs = wide(folder.path(), &["cost"]);
    let cells = ["alice", "1", "1,305", "1,000", "300", "200", "$0.00444"];
    assert_eq!(support::line(&costs, "alice"), cells);
    assert!(
        costs.contains("cached  cache writes  tokens out"),
        "{costs}"
    );
    let users = wide(folder.path(), &["users"]);
    assert!(!users.contains("cache writes"), "{users}");
}

#[test]
fn hostile_names_of_requests_tools_and_models_are_escaped() {
    let trail = trail_of(|| {
        let hostile = "\u{1b}[2J\u{202e}";
        drop(info_span!(
            "a",
            http.request.method = "GET",
            url.path = hostile
        ));
        drop(info_span!(
            "b",
            http.request.method = "_OTHER",
            http.request.method_original = hostile,
            url.path = "/",
            http.response.status_code = hostile
        ));
        drop(info_span!("c", gen_ai.tool.name = hostile));
        whose::usage(hostile)
            .input_tokens(1)
            .service_tier(hostile)
            .record();
    });
    assert!(!trail.contains(['\u{1b}', '\u{202e}']), "{trail:?}");
}
