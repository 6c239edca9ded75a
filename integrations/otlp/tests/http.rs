//! OTLP over HTTP against a real receiver: what is sent, and what becomes of each answer.

#![allow(clippy::unwrap_used)]

mod support;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use support::harness::{LONG, record_into, wait_for, warnings};
use support::received::{attributes, logs, resources, spans};
use support::receiver::{Answer, Receiver};
use tracing::info_span;
use whose::RecordSink;
use whose_otlp::{Compression, OtlpBuilder, OtlpSink, builder};

fn to(receiver: &Receiver) -> OtlpBuilder {
    builder()
        .endpoint(receiver.url())
        .delay(Duration::from_millis(20))
}

fn make_spans(sink: &OtlpSink, count: usize) {
    record_into(sink, || (0..count).for_each(|_| drop(info_span!("work"))));
}

#[test]
fn gzip_on_and_off_carry_the_same_records() {
    for compression in [Compression::None, Compression::Gzip] {
        let receiver = Receiver::start();
        let sink = to(&receiver).compression(compression).build();
        make_spans(&sink, 500);
        assert!(sink.flush(LONG).is_complete());
        assert_eq!(spans(&receiver.requests()).len(), 500);
        let encoding = receiver.with(|log| log.headers[0].contains_key("content-encoding"));
        assert_eq!(encoding, compression == Compression::Gzip);
        let stats = sink.stats();
        assert_eq!((stats.sent, stats.dropped, stats.retried), (500, 0, 0));
    }
}

#[test]
fn headers_endpoint_and_resource_of_the_builder_are_used() {
    let receiver = Receiver::start();
    let sink = to(&receiver)
        .traces_endpoint(format!("{}/own/traces", receiver.url()))
        .header("Authorization", "Bearer abc")
        .resource_attribute("service.namespace", "shop")
        .build();
    assert!(!format!("{sink:?}").contains("abc"));
    record_into(&sink, || {
        drop(info_span!("work"));
        tracing::info!("hello");
    });
    assert!(sink.flush(LONG).is_complete());
    receiver.with(|log| {
        assert!(
            log.headers
                .iter()
                .all(|headers| headers["authorization"] == "Bearer abc")
        );
        assert!(
            log.headers
                .iter()
                .all(|h| h["content-type"] == "application/x-protobuf")
        );
        let mut paths = log.paths.clone();
        paths.sort();
        assert_eq!(paths, ["/own/traces", "/v1/logs"]);
    });
    let resource = &resources(&receiver.requests())[0];
    assert_eq!(resource["service.namespace"], "shop");
    assert!(resource["service.name"].starts_with("unknown_service:http-"));
}

#[test]
fn retry_after_of_a_429_is_waited_for_and_nothing_is_sent_twice() {
    let receiver = Receiver::start();
    let mut busy = Answer::status(429);
    busy.headers.push(("retry-after", "1".to_owned()));
    receiver.answer(busy);
    let sink = to(&receiver).build();
    make_spans(&sink, 3);
    assert!(sink.flush(LONG).is_complete());
    assert_eq!(spans(&receiver.requests()).len(), 3);
    // The receiver asked for a second, which is a promise and no measurement.
    receiver.with(|log| assert!(log.times[1] - log.times[0] >= Duration::from_secs(1)));
    assert_eq!((sink.stats().sent, sink.stats().retried), (3, 1));
}

#[test]
fn batch_is_repeated_while_the_receiver_is_unavailable() {
    warnings();
    let receiver = Receiver::start();
    for status in [503, 502, 504] {
        receiver.answer(Answer::status(status));
    }
    let sink = to(&receiver).build();
    make_spans(&sink, 3);
    assert!(sink.flush(LONG).is_complete());
    assert_eq!(spans(&receiver.requests()).len(), 3);
    let stats = sink.stats();
    assert_eq!((stats.sent, stats.retried, stats.dropped), (3, 3, 0));
    let warning = warnings().wait_for(&receiver.address.to_string());
    assert!(warning.contains("502 Bad Gateway"), "{warning}");
}

#[test]
fn refused_batch_is_dropped_counted_and_warned_about_once() {
    warnings();
    let receiver = Receiver::start();
    let mut refusal = Answer::status(400);
    refusal.body = b"no such\r\nproject".to_vec();
    receiver.answer(refusal.clone());
    receiver.answer(refusal);
    let sink = to(&receiver).build();
    for _ in 0..2 {
        make_spans(&sink, 2);
        assert!(!sink.flush(LONG).is_safe());
    }
    make_spans(&sink, 1);
    assert!(sink.flush(LONG).is_safe(), "a loss is reported once");
    let stats = sink.stats();
    assert_eq!((stats.sent, stats.dropped), (1, 4));
    assert_eq!(RecordSink::dropped(&sink), 4);
    let warning = warnings().wait_for(&receiver.address.to_string());
    assert!(
        warning.contains("400 Bad Request: no such  project"),
        "{warning}"
    );
}

#[test]
fn records_that_the_receiver_rejects_are_counted() {
    warnings();
    let receiver = Receiver::start();
    let mut partly = Answer::status(200);
    partly.keeps = true;
    let partial = ExportTracePartialSuccess {
        rejected_spans: 2,
        error_message: "too old".to_owned(),
    };
    partly.body = ExportTraceServiceResponse {
        partial_success: Some(partial),
    }
    .encode_to_vec();
    receiver.answer(partly);
    let sink = to(&receiver).build();
    make_spans(&sink, 5);
    assert!(!sink.flush(LONG).is_safe());
    let stats = sink.stats();
    assert_eq!((stats.sent, stats.rejected, stats.dropped), (3, 2, 0));
    assert_eq!(RecordSink::dropped(&sink), 2);
    let warning = warnings().wait_for(&receiver.address.to_string());
    assert!(
        warning.contains("rejected 2 of 5 spans: \"too old\""),
        "{warning}"
    );
}

#[test]
fn unreachable_receiver_costs_one_warning_and_a_bounded_queue() {
    warnings();
    // A port that nobody listens to.
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let sink = builder()
        .endpoint(format!("http://{address}"))
        .delay(Duration::from_millis(10))
        .queue_bytes(20_000)
        .build();
    make_spans(&sink, 1_000);
    let start = Instant::now();
    let outcome = sink.flush(LONG);
    assert!(!outcome.is_safe() && outcome.not_taken() > 0);
    assert!(
        start.elapsed() < LONG,
        "a flush does not wait for an unreachable receiver"
    );
    let stats = sink.stats();
    assert_eq!(stats.dropped + stats.waiting, 1_000);
    assert_eq!(outcome.not_taken(), stats.dropped);
    assert!(stats.waiting > 10 && stats.dropped > 500);
    wait_for(&sink, |stats| stats.retried >= 3);
    let warning = warnings().wait_for(&format!("sent to http://{address}"));
    assert!(warning.contains("spans cannot be sent"), "{warning}");

    // The receiver begins late: what waits is delivered.
    let waiting = sink.stats().waiting;
    let receiver = Receiver::at(address);
    assert!(sink.flush(LONG).is_safe());
    assert_eq!(spans(&receiver.requests()).len() as u64, waiting);
    warnings().wait_for(&format!("for http://{address}/v1/traces were dropped"));
}

#[test]
fn shutdown_sends_what_waits_and_counts_what_cannot_be_sent() {
    let receiver = Receiver::start();
    let sink = to(&receiver).delay(LONG).build();
    make_spans(&sink, 10);
    assert!(sink.shutdown(LONG).is_complete());
    assert_eq!(spans(&receiver.requests()).len(), 10);
    make_spans(&sink, 2);
    let late = sink.flush(LONG);
    assert_eq!(late.not_taken(), 2);

    let address = receiver.address;
    receiver.stop();
    let sink = builder()
        .endpoint(format!("http://{address}"))
        .delay(LONG)
        .build();
    make_spans(&sink, 3);
    let outcome = sink.shutdown(Duration::from_secs(2));
    assert!(!outcome.is_safe());
    assert_eq!((sink.stats().dropped, sink.stats().waiting), (3, 0));
}

#[test]
fn drop_of_the_last_handle_sends_what_waits() {
    let receiver = Receiver::start();
    let sink = to(&receiver).delay(LONG).build();
    make_spans(&sink, 10);
    drop(sink);
    assert_eq!(spans(&receiver.requests()).len(), 10);
}

#[test]
fn batches_keep_to_their_bound_and_to_the_service_of_their_layer() {
    let receiver = Receiver::start();
    let sink = to(&receiver).delay(LONG).batch_records(100).build();
    let of = |name| {
        whose::layer()
            .with_service(whose::Service::new(name))
            .with_sink(sink.clone())
    };
    let [a, b] = ["a", "b"].map(|name| {
        use tracing_subscriber::prelude::*;
        tracing::Dispatch::new(tracing_subscriber::registry().with(of(name)))
    });
    for round in 0..300 {
        for dispatch in [&a, &b] {
            tracing::dispatcher::with_default(dispatch, || drop(info_span!("work", round)));
        }
    }
    assert!(sink.flush(LONG).is_complete());
    let requests = receiver.requests();
    assert_eq!(spans(&requests).len(), 600);
    assert_eq!(
        requests.len(),
        6,
        "two services alternate, and batches are full"
    );
    let names = resources(&requests);
    assert!(
        names
            .iter()
            .all(|it| ["a", "b"].contains(&&*it["service.name"]))
    );
}

#[test]
fn hostile_texts_arrive_as_they_are() {
    let receiver = Receiver::start();
    let sink = to(&receiver).build();
    let hostile = "\u{0}\u{1b}[31m\r\n\"\u{202e}'; DROP TABLE spans; --\u{1F980}";
    record_into(&sink, || {
        whose::user(hostile)
            .session(hostile)
            .tag("k", hostile)
            .in_scope(|| {
                let span = info_span!(
                    "work",
                    otel.name = hostile,
                    otel.kind = "ſerver",
                    x = hostile
                );
                drop(span);
                tracing::info!(
                    exception.message = hostile,
                    "{hostile}{}",
                    "x".repeat(100_000)
                );
            });
    });
    assert!(sink.flush(LONG).is_complete());
    let requests = receiver.requests();
    let span = &spans(&requests)[0];
    let found = attributes(&span.attributes);
    assert_eq!((span.name.as_str(), span.kind), (hostile, 1));
    assert_eq!((&*found["user.id"], &*found["x"]), (hostile, hostile));
    assert_eq!(found["whose.tag.k"], hostile);
    assert_eq!(
        attributes(&logs(&requests)[0].attributes)["session.id"],
        hostile
    );
}
