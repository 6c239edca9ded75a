//! OTLP over gRPC against a real receiver.

#![cfg(feature = "grpc")]
#![allow(clippy::unwrap_used)]

mod support;

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use prost::Message;
use support::grpc_receiver::{Service, free_address, start, start_at};
use support::harness::{LONG, record_into, warnings};
use support::received::{attributes, logs, spans};
use tonic::{Code, Status};
use tracing::info_span;
use whose::RecordSink;
use whose_otlp::{Compression, OtlpBuilder, OtlpSink, Protocol, builder};

fn to(address: SocketAddr) -> OtlpBuilder {
    builder()
        .protocol(Protocol::Grpc)
        .endpoint(format!("http://{address}"))
        .delay(Duration::from_millis(20))
}

fn make_spans(sink: &OtlpSink, count: usize) {
    record_into(sink, || (0..count).for_each(|_| drop(info_span!("work"))));
}

/// Flushes until it succeeds: the receiver may still be starting.
fn flush(sink: &OtlpSink) {
    let start = Instant::now();
    while !sink.flush(LONG).is_safe() {
        assert!(start.elapsed() < LONG, "{:?}", sink.stats());
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn spans_and_logs_arrive_with_and_without_gzip() {
    for compression in [Compression::None, Compression::Gzip] {
        let (address, service) = start();
        let sink = to(address)
            .compression(compression)
            .header("x-key", "abc")
            .build();
        record_into(&sink, || {
            whose::user("alice").in_scope(|| {
                (0..500).for_each(|_| drop(info_span!("work")));
                tracing::info!("hello");
            });
        });
        flush(&sink);
        let state = service.0.lock().unwrap();
        let found = spans(&state.requests);
        assert_eq!((found.len(), logs(&state.requests).len()), (500, 1));
        assert_eq!(attributes(&found[0].attributes)["user.id"], "alice");
        assert!(state.keys.iter().all(|key| key.as_deref() == Some("abc")));
        let is_gzip = compression == Compression::Gzip;
        let gzip = |encoding: &Option<String>| (encoding.as_deref() == Some("gzip")) == is_gzip;
        assert!(state.encodings.iter().all(gzip), "{:?}", state.encodings);
        assert_eq!((sink.stats().sent, sink.stats().dropped), (501, 0));
    }
}

/// The status of a receiver that is overloaded for a second.
fn overloaded() -> Status {
    #[derive(Clone, PartialEq, Message)]
    struct Seconds {
        #[prost(int64, tag = "1")]
        seconds: i64,
    }
    #[derive(Clone, PartialEq, Message)]
    struct RetryInfo {
        #[prost(message, optional, tag = "1")]
        delay: Option<Seconds>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct Any {
        #[prost(string, tag = "1")]
        type_url: String,
        #[prost(bytes = "vec", tag = "2")]
        value: Vec<u8>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct RpcStatus {
        #[prost(message, repeated, tag = "3")]
        details: Vec<Any>,
    }
    let delay = Some(Seconds { seconds: 1 });
    let details = vec![Any {
        type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
        value: RetryInfo { delay }.encode_to_vec(),
    }];
    let details = RpcStatus { details }.encode_to_vec();
    Status::with_details(Code::ResourceExhausted, "overloaded", details.into())
}

#[test]
fn retryable_codes_are_retried_and_the_time_of_the_receiver_is_kept() {
    let (address, service) = start();
    let sink = to(address).build();
    make_spans(&sink, 1);
    flush(&sink);
    let before = sink.stats().retried;
    service.0.lock().unwrap().answers = vec![overloaded(), Status::unavailable("later")];
    make_spans(&sink, 2);
    flush(&sink);
    let state = service.0.lock().unwrap();
    assert_eq!(spans(&state.requests).len(), 3);
    assert_eq!(sink.stats().retried - before, 2);
    let [.., first, last] = *state.times else {
        panic!("{:?}", state.times);
    };
    assert!(last - first >= Duration::from_secs(1));
}

#[test]
fn other_codes_drop_the_batch_with_one_warning() {
    warnings();
    let (address, service) = start();
    let sink = to(address).build();
    make_spans(&sink, 1);
    flush(&sink);
    service.0.lock().unwrap().answers = vec![
        Status::invalid_argument("no such project"),
        Status::resource_exhausted("quota"),
    ];
    for _ in 0..2 {
        make_spans(&sink, 3);
        assert!(!sink.flush(LONG).is_safe());
    }
    assert_eq!((sink.stats().sent, sink.stats().dropped), (1, 6));
    let warning = warnings().wait_for(&format!("spans for http://{address}/ are lost"));
    assert!(warning.contains("ResourceExhausted: quota"), "{warning}");
}

#[test]
fn rejected_spans_are_counted() {
    warnings();
    let (address, service) = start();
    let sink = to(address).build();
    make_spans(&sink, 1);
    flush(&sink);
    service.0.lock().unwrap().rejects = 2;
    make_spans(&sink, 5);
    assert!(!sink.flush(LONG).is_safe());
    assert_eq!((sink.stats().sent, sink.stats().rejected), (4, 2));
    warnings().wait_for(&format!("http://{address}/ rejected 2 of 5 spans"));
}

#[test]
fn receiver_that_begins_late_gets_what_waits() {
    warnings();
    let address = free_address();
    let sink = to(address).build();
    make_spans(&sink, 10);
    assert!(!sink.flush(LONG).is_safe());
    let warning = warnings().wait_for(&format!("sent to http://{address}/"));
    assert!(warning.contains("refused"), "{warning}");
    let service = Service::default();
    start_at(address, service.clone());
    flush(&sink);
    assert_eq!(spans(&service.0.lock().unwrap().requests).len(), 10);
}

#[test]
fn sink_works_inside_both_runtimes() {
    let (address, service) = start();
    for runtime in [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ] {
        let mut runtime = runtime;
        let runtime = runtime.enable_all().build().unwrap();
        runtime.block_on(async {
            let sink = to(address).build();
            make_spans(&sink, 10);
            flush(&sink);
            assert!(sink.shutdown(LONG).is_safe());
        });
    }
    assert_eq!(spans(&service.0.lock().unwrap().requests).len(), 20);
}
