//! A sampled record arrives with its weight, so that counts stay right at the receiver.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use support::received::{attributes, spans};
use support::receiver::Receiver;
use tracing_subscriber::prelude::*;
use whose::Sampler;

#[test]
fn sampled_span_arrives_with_its_weight() {
    let receiver = Receiver::start();
    let sink = whose_otlp::builder().endpoint(receiver.url()).build();
    let sampled = Sampler::new().rate(0.25).keep_users(["vip"]).sample(sink);
    let layer = whose::layer().with_sink(sampled);
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();

    whose::user("vip").in_scope(|| drop(tracing::info_span!("kept")));
    for _ in 0..400 {
        whose::user("alice").in_scope(|| drop(tracing::info_span!("sampled")));
    }
    assert!(whose::flush(Duration::from_secs(10)).is_complete());

    let spans = spans(&receiver.requests());
    let (kept, sampled): (Vec<_>, Vec<_>) = spans.iter().partition(|span| span.name == "kept");
    assert_eq!(kept.len(), 1);
    assert!(!attributes(&kept[0].attributes).contains_key("whose.weight"));
    // 100 of 400, within seven standard deviations.
    assert!((40..=160).contains(&sampled.len()), "{}", sampled.len());
    for span in sampled {
        assert_eq!(attributes(&span.attributes)["whose.weight"], "4.0");
    }
}
