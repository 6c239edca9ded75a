//! OTLP over HTTP as its specification describes it: who may send, and what the answers say.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.
#![cfg(feature = "ingest")]

mod support;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use support::folder;
use support::http::Reply;
use support::otlp::{INGEST, PROTOBUF, READ, log, logs, receiver, span, texts, traces};
use support::server::Server;

const FORGET: &str = "forget-0123456789abcdef";
const TRACES: &str = "/v1/traces";
const LOGS: &str = "/v1/logs";
const MAX_BYTES: usize = 16 << 20;

fn bearer(secret: &str) -> String {
    format!("Bearer {secret}")
}

fn one_span() -> Vec<u8> {
    traces(vec![span(7, "charge", texts(&[("user.id", "zoe")]))])
}

/// The JSON of a page. Sends the token for reading, if the server has one.
fn json(served: &Server, path: &str, token: Option<&str>) -> serde_json::Value {
    let bearer = token.map(bearer);
    let headers: Vec<_> = bearer.iter().map(|it| ("Authorization", &**it)).collect();
    let Reply { status, body, .. } = served.fetch(path, &headers);
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[test]
fn only_the_ingest_token_sends_records() {
    let folder = folder();
    let tokens = [
        "--token",
        READ,
        "--forget-token",
        FORGET,
        "--ingest-token",
        INGEST,
    ];
    let served = Server::start_with(folder.path(), &tokens);
    for secret in [READ, FORGET, &INGEST[1..]] {
        let headers = [PROTOBUF, ("Authorization", &*bearer(secret))];
        let reply = served.export_with(TRACES, &headers, &one_span());
        assert_eq!(reply.status, 401, "{secret}");
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
    let reply = served.export_with(TRACES, &[PROTOBUF], &one_span());
    assert_eq!(reply.status, 401);
    assert!(reply.text().contains("Authorization: Bearer"), "{reply:?}");
    let users = json(&served, "/users.json", Some(READ)).to_string();
    assert!(!users.contains("zoe"), "{users}");

    assert_eq!(served.export(TRACES, &one_span()).status, 200);
    let users = json(&served, "/users.json", Some(READ)).to_string();
    assert!(users.contains("zoe"), "{users}");
    // The token of a sender reads nothing.
    let reply = served.fetch("/users.json", &[("Authorization", &bearer(INGEST))]);
    assert_eq!(reply.status, 401);
}

#[test]
fn sender_of_a_large_body_reads_that_its_token_is_wrong() {
    let folder = folder();
    let served = receiver(folder.path());
    let headers = [PROTOBUF, ("Authorization", &*bearer(READ))];
    // More than the buffers of the connection hold.
    for _ in 0..5 {
        let reply = served.export_with(TRACES, &headers, &vec![8; MAX_BYTES]);
        assert_eq!(reply.status, 401);
        assert!(reply.is_sent_whole);
    }
}

#[test]
fn server_without_an_ingest_token_takes_no_records() {
    let folder = folder();
    for tokens in [&[][..], &["--token", READ]] {
        let served = Server::start_with(folder.path(), tokens);
        for headers in [
            &[PROTOBUF][..],
            &[PROTOBUF, ("Authorization", &bearer(READ))],
        ] {
            let reply = served.export_with(TRACES, headers, &one_span());
            assert_eq!(reply.status, 403, "{tokens:?} {headers:?}");
            assert!(reply.text().contains("--ingest-token"), "{reply:?}");
            assert!(reply.text().contains("WHOSE_INGEST_TOKEN"), "{reply:?}");
        }
    }
}

#[test]
fn ingest_token_alone_leaves_loopback_pages_open() {
    let folder = folder();
    let served = receiver(folder.path());
    assert_eq!(served.fetch("/users", &[]).status, 200);
    assert_eq!(
        served.export_with(TRACES, &[PROTOBUF], &one_span()).status,
        401
    );
    assert_eq!(served.export(TRACES, &one_span()).status, 200);
}

#[test]
fn page_of_another_site_sends_no_records() {
    let folder = folder();
    let served = receiver(folder.path());
    let token = bearer(INGEST);
    let own = [PROTOBUF, ("Authorization", &*token)];
    for foreign in [
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        let headers = [&own[..], &[foreign]].concat();
        let reply = served.export_with(TRACES, &headers, &one_span());
        assert_eq!(reply.status, 403, "{foreign:?}");
        assert!(reply.text().contains("another site"), "{reply:?}");
    }
    let headers = [
        PROTOBUF,
        ("Authorization", &*token),
        ("Host", "evil.example"),
    ];
    let reply = served.send("POST", TRACES, &headers, "");
    assert_eq!(reply.status, 421);
}

#[test]
fn guesses_of_the_token_are_paused_and_the_right_one_passes() {
    let folder = folder();
    let served = receiver(folder.path());
    let guess = |number: usize| {
        let token = bearer(&format!("{INGEST}{number}"));
        let headers = [PROTOBUF, ("Authorization", &*token)];
        served.export_with(TRACES, &headers, &one_span())
    };
    let replies: Vec<_> = (0..12).map(guess).collect();
    assert_eq!(replies[0].status, 401);
    assert_eq!(replies[11].status, 429);
    assert_ne!(replies[11].header("retry-after"), "");
    assert_eq!(served.export(TRACES, &one_span()).status, 200);
    let health = json(&served, "/health.json", None);
    assert_eq!(health["wrong_tokens"]["count"], 12);
}

#[test]
fn gzip_and_plain_requests_are_taken() {
    let folder = folder();
    let served = receiver(folder.path());
    let token = bearer(INGEST);
    let plain = [PROTOBUF, ("Authorization", &*token)];
    let gzip = [&plain[..], &[("Content-Encoding", "gzip")]].concat();
    let request = logs(vec![log("hello", 9, texts(&[("user.id", "zoe")]))]);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&request).unwrap();
    let compressed = encoder.finish().unwrap();
    let reply = served.export_with(LOGS, &gzip, &compressed);
    assert_eq!((reply.status, reply.rejected().0), (200, 0), "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/x-protobuf");
    assert_eq!(served.export_with(LOGS, &plain, &request).status, 200);
    assert_eq!(served.export_with(LOGS, &plain, &[]).status, 200);
    let typed = [
        ("Content-Type", "application/x-protobuf; charset=utf-8"),
        plain[1],
    ];
    assert_eq!(served.export_with(LOGS, &typed, &request).status, 200);

    let reply = served.export_with(LOGS, &gzip, &request);
    assert_eq!(
        (reply.status, &*reply.message()),
        (400, "the body is not gzip")
    );
    let health = json(&served, "/health.json", None);
    assert_eq!(health["received"]["taken"], 3);
    assert_eq!(health["received"]["refused_requests"], 1);
}

#[test]
fn other_formats_are_refused_with_what_to_do() {
    let folder = folder();
    let served = receiver(folder.path());
    let token = bearer(INGEST);
    let authorization = ("Authorization", &*token);
    for content_type in [Some("application/json"), Some("text/plain"), None] {
        let content_type = content_type.map(|it| ("Content-Type", it));
        let headers: Vec<_> = content_type.into_iter().chain([authorization]).collect();
        let reply = served.export_with(TRACES, &headers, b"{}");
        assert_eq!(reply.status, 415, "{headers:?}");
        let message = reply.message();
        assert!(
            message.contains("OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"),
            "{message}"
        );
    }
    let headers = [PROTOBUF, authorization, ("Content-Encoding", "zstd")];
    let reply = served.export_with(TRACES, &headers, &one_span());
    assert_eq!(
        (reply.status, reply.header("accept-encoding")),
        (415, "gzip")
    );
    let reply = served.export("/v1/metrics", b"");
    assert_eq!(reply.status, 404);
    assert!(reply.message().contains("OTEL_METRICS_EXPORTER=none"));
    assert_eq!(served.export("/v1/other", b"").status, 404);
    let get = served.fetch(TRACES, &[authorization]);
    assert_eq!(get.status, 405);
}

#[test]
fn too_large_request_is_refused_with_the_limit() {
    let folder = folder();
    let served = receiver(folder.path());
    let token = bearer(INGEST);
    let plain = [PROTOBUF, ("Authorization", &*token)];
    let large = vec![0; MAX_BYTES + 1];
    let reply = served.export_with(TRACES, &plain, &large);
    assert_eq!(reply.status, 413);
    assert!(
        reply.message().contains("16777216 bytes"),
        "{}",
        reply.message()
    );

    // A small body that becomes a large one.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&large).unwrap();
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    let gzip = [&plain[..], &[("Content-Encoding", "gzip")]].concat();
    assert_eq!(served.export_with(TRACES, &gzip, &bomb).status, 413);

    let many = (0..20_001).map(|number| span(number, "s", Vec::new()));
    let reply = served.export(TRACES, &traces(many.collect()));
    assert_eq!(reply.status, 413);
    assert!(
        reply.message().contains("20000 records"),
        "{}",
        reply.message()
    );
    let health = json(&served, "/health.json", None);
    assert_eq!(health["received"]["taken"], 0);
}

#[test]
fn malformed_request_is_refused_whole() {
    let folder = folder();
    let served = receiver(folder.path());
    let mut broken = one_span();
    broken.truncate(broken.len() - 1);
    for body in [&broken[..], b"not protobuf", &[0x0b]] {
        let reply = served.export(TRACES, body);
        assert_eq!(reply.status, 400, "{body:?}");
        assert!(
            reply.message().contains("no protobuf message"),
            "{}",
            reply.message()
        );
    }
    assert!(
        !json(&served, "/users.json", None)
            .to_string()
            .contains("zoe")
    );
}

#[test]
fn record_without_a_meaning_is_rejected_and_the_others_are_taken() {
    let folder = folder();
    let served = receiver(folder.path());
    let mut short = span(1, "short", Vec::new());
    short.trace_id.pop();
    let mut zero = span(2, "zero", Vec::new());
    zero.span_id = vec![0; 8];
    let mut parent = span(3, "parent", Vec::new());
    parent.parent_span_id = vec![1; 7];
    let good = span(4, "charge", texts(&[("user.id", "zoe")]));
    let reply = served.export(TRACES, &traces(vec![short, zero, parent, good]));
    let (rejected, why) = reply.rejected();
    assert_eq!((reply.status, rejected), (200, 3), "{why}");
    assert!(why.contains("16 bytes"), "{why}");
    assert!(
        json(&served, "/users.json", None)
            .to_string()
            .contains("zoe")
    );
    let health = json(&served, "/health.json", None);
    assert_eq!(health["received"]["taken"], 1);
    assert_eq!(health["received"]["rejected"], 3);
    let page = served.page("/health");
    assert!(page.contains("Received from other programs"), "{page}");
}
