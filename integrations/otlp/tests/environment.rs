//! The variables of a real process: this test program, started again with other variables.

#![allow(clippy::unwrap_used)]

mod support;

use std::env;
use std::process::Command;

use support::harness::{LONG, record_into};
use support::received::{attributes, logs, resources, spans};
use support::receiver::Receiver;
use whose::RecordSink;

const CHILD: &str = "WHOSE_OTLP_TEST_CHILD";

/// Runs the program with these variables, and returns what the receiver got.
fn run(variables: &[(&str, &str)]) -> Receiver {
    let receiver = Receiver::start();
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child_process", "--nocapture"])
        .env(CHILD, "1")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url())
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    receiver
}

#[test]
fn child_process() {
    if env::var_os(CHILD).is_none() {
        return;
    }
    let sink = whose_otlp::sink();
    record_into(&sink, || {
        whose::user("alice").in_scope(|| {
            // A field under a name of the attribution is no second attribute.
            let span =
                tracing::info_span!("work", user.email = "x", whose.source = "y", target = "z");
            span.in_scope(|| tracing::info!(user.email = "x", "hello"));
        });
    });
    assert!(sink.shutdown(LONG).is_complete());
    assert_eq!(sink.stats().dropped, 0);
}

#[test]
fn variables_name_the_receiver_and_the_service() {
    let receiver = run(&[
        ("OTEL_SERVICE_NAME", "shop"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,team=a%20b"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=1"),
        ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-key=2"),
    ]);
    let requests = receiver.requests();
    let found = attributes(&spans(&requests)[0].attributes);
    assert_eq!(
        (&*found["user.id"], &*found["whose.source"]),
        ("alice", "scope")
    );
    assert_eq!(found["target"], "z");
    assert_eq!(
        attributes(&logs(&requests)[0].attributes)["user.id"],
        "alice"
    );
    let resource = &resources(&requests)[0];
    assert_eq!(
        (&*resource["service.name"], &*resource["team"]),
        ("shop", "a b")
    );
    receiver.with(|log| {
        let mut keys: Vec<_> = log
            .headers
            .iter()
            .map(|headers| headers["x-key"].clone())
            .collect();
        keys.sort();
        assert_eq!(keys, ["1", "2"]);
        assert!(
            log.headers
                .iter()
                .all(|headers| headers["content-encoding"] == "gzip")
        );
    });
}

#[test]
fn disabled_sdk_sends_nothing() {
    assert!(run(&[("OTEL_SDK_DISABLED", "true")]).requests().is_empty());
    let without_logs = run(&[("OTEL_LOGS_EXPORTER", "none")]).requests();
    assert_eq!(
        (spans(&without_logs).len(), logs(&without_logs).len()),
        (1, 0)
    );
}
