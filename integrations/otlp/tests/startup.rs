//! Settings that cannot be used: one warning, and the program goes on.

#![allow(clippy::unwrap_used)]

mod support;

use support::harness::LONG;
use support::warnings::Warnings;
use tracing_subscriber::prelude::*;
use whose::RecordSink;

#[test]
fn sink_with_bad_settings_warns_once_after_the_subscriber_is_there() {
    let sink = whose_otlp::builder()
        .traces_endpoint("not a url")
        .without_logs()
        .header("content-length", "1")
        .build();
    let warnings = Warnings::default();
    let layer = whose::layer().with_sink(sink.clone());
    tracing_subscriber::registry()
        .with(layer)
        .with(warnings.clone())
        .init();
    drop(tracing::info_span!("work"));
    tracing::info!("nobody wants it");
    let warning = warnings.wait_for("settings of the OTLP sink");
    assert!(
        warning.contains("spans are dropped: the endpoint of the builder"),
        "{warning}"
    );
    assert_eq!(sink.stats().dropped, 1);
    assert_eq!(whose::sinks()[0].dropped, 1);
    assert!(sink.flush(LONG).is_safe() && sink.shutdown(LONG).is_safe());
    assert_eq!(warnings.all().len(), 1, "{:?}", warnings.all());
}
