//! Each kind of record arrives with its parts.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use support::received::{attributes, logs, resources, shown, spans};
use support::receiver::Receiver;
use tracing_subscriber::prelude::*;
use whose::{Breadcrumb, Kind, Service};

const FLUSH: Duration = Duration::from_secs(10);

#[test]
fn record_of_each_type_arrives_with_its_parts() {
    let receiver = Receiver::start();
    let sink = whose_otlp::builder()
        .endpoint(receiver.url())
        .openinference()
        .build();
    let service = Service::new("checkout")
        .with_version("1.2")
        .with_environment("prod");
    let layer = whose::layer().with_service(service).with_sink(sink.clone());
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();

    let root = whose::user("alice")
        .session("s-1")
        .tag("plan", "pro")
        .in_scope(|| {
            let root = tracing::info_span!(
                "root",
                step = 2_u64,
                big = u64::MAX,
                ok = true,
                nan = f64::NAN
            );
            root.in_scope(|| {
                tracing::warn!(name: "stock.low", left = 3, "only three left");
                whose::add_breadcrumb(Breadcrumb::new("opened"));
                whose::capture_error(&std::io::Error::other("declined"));
                whose::usage("gpt-4o-mini")
                    .input_tokens(1000)
                    .output_tokens(200)
                    .record();
                agent();
            });
            root
        });
    drop(root);
    assert!(whose::flush(FLUSH).is_complete());

    let received = receiver.requests();
    let resource = &resources(&received)[0];
    assert_eq!(resources(&received).len(), 1);
    assert_eq!(resource["service.name"], "checkout");
    assert_eq!(resource["service.version"], "1.2");
    assert_eq!(resource["deployment.environment.name"], "prod");
    assert_eq!(resource["telemetry.sdk.name"], "whose");

    let spans = spans(&received);
    assert_eq!(spans.len(), 2);
    let root = spans.iter().find(|span| span.name == "root").unwrap();
    let found = attributes(&root.attributes);
    assert_eq!(found["user.id"], "alice");
    assert_eq!(found["session.id"], "s-1");
    assert_eq!(found["whose.tag.plan"], "pro");
    assert_eq!(found["whose.source"], "scope");
    // Backends that take spans only read the tokens of a call there.
    assert_eq!(found["gen_ai.usage.input_tokens"], "1000");
    assert_eq!(found["gen_ai.request.model"], "gpt-4o-mini");
    assert!(!found.contains_key("whose.weight"));
    assert_eq!(
        (&*found["step"], &*found["ok"], &*found["nan"]),
        ("2", "true", "NaN")
    );
    assert_eq!(found["big"], u64::MAX.to_string());
    assert_eq!(found["target"], "records");
    assert!(found["code.file.path"].ends_with("records.rs"));
    assert_eq!(
        (
            root.trace_id.len(),
            root.span_id.len(),
            root.parent_span_id.len()
        ),
        (16, 8, 0)
    );
    assert_eq!((root.kind, root.status.clone()), (1, None));
    assert!(root.end_time_unix_nano >= root.start_time_unix_nano);
    let agent = spans.iter().find(|span| span.name == "agent").unwrap();
    assert_eq!(agent.parent_span_id, root.span_id);
    let found = attributes(&agent.attributes);
    assert_eq!(found["whose.kind"], Kind::Agent.as_str());
    assert_eq!(found["openinference.span.kind"], "AGENT");

    let logs = logs(&received);
    assert_eq!(logs.len(), 3);
    let event = logs
        .iter()
        .find(|log| log.event_name == "stock.low")
        .unwrap();
    assert_eq!(shown(event.body.as_ref().unwrap()), "only three left");
    assert_eq!((event.severity_number, &*event.severity_text), (13, "WARN"));
    assert_eq!(
        (&event.trace_id, &event.span_id),
        (&root.trace_id, &root.span_id)
    );
    assert_eq!(attributes(&event.attributes)["left"], "3");
    assert_eq!(attributes(&event.attributes)["user.id"], "alice");
    let error = logs
        .iter()
        .find(|log| log.event_name == "exception")
        .unwrap();
    let found = attributes(&error.attributes);
    assert_eq!(found["exception.message"], "declined");
    assert_eq!(error.severity_number, 17);
    assert_eq!(found["whose.error.span_path"], "[root]");
    assert!(found.contains_key("whose.error.fingerprint"));
    let usage = logs
        .iter()
        .find(|log| log.event_name == "gen_ai.usage")
        .unwrap();
    assert_eq!(
        attributes(&usage.attributes)["gen_ai.usage.input_tokens"],
        "1000"
    );

    let stats = sink.stats();
    assert_eq!((stats.sent, stats.dropped, stats.waiting), (5, 0, 0));
}

#[whose::trace(kind = agent)]
fn agent() {}
