//! Requests, errors, tokens and money, with and without a dimension for the user.

#![allow(clippy::unwrap_used)]

use std::sync::atomic::Ordering;

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use tracing_subscriber::prelude::*;
use whose_opentelemetry::Metrics;

fn provider() -> (InMemoryMetricExporter, SdkMeterProvider) {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    (exporter, provider)
}

/// The attributes and the sum of each point of an instrument.
fn points(exporter: &InMemoryMetricExporter, instrument: &str) -> Vec<(String, f64)> {
    let all = exporter.get_finished_metrics().unwrap();
    let last = all.last().unwrap();
    let metrics = last.scope_metrics().flat_map(|scope| scope.metrics());
    let Some(metric) = metrics
        .into_iter()
        .find(|metric| metric.name() == instrument)
    else {
        return Vec::new();
    };
    let mut points: Vec<_> = match metric.data() {
        AggregatedMetrics::U64(MetricData::Sum(sum)) => sum
            .data_points()
            .map(|point| (show(point.attributes()), point.value() as f64))
            .collect(),
        AggregatedMetrics::F64(MetricData::Sum(sum)) => sum
            .data_points()
            .map(|point| (show(point.attributes()), point.value()))
            .collect(),
        AggregatedMetrics::U64(MetricData::Histogram(histogram)) => histogram
            .data_points()
            .map(|point| (show(point.attributes()), point.sum() as f64))
            .collect(),
        other => panic!("unexpected {other:?}"),
    };
    points.sort_by(|a, b| a.0.cmp(&b.0));
    points
}

fn show<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> String {
    let mut all: Vec<_> = attributes
        .map(|it| format!("{}={}", it.key, it.value))
        .collect();
    all.sort();
    all.join(",")
}

fn run(provider: &SdkMeterProvider, metrics: Metrics, users: usize) {
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(metrics));
    tracing::subscriber::with_default(subscriber, || {
        for number in 0..users {
            whose::user(format!("user-{number}")).in_scope(|| {
                tracing::info_span!("request").in_scope(|| {
                    tracing::info_span!("inner").in_scope(|| ());
                    whose::usage("gpt-4o-mini")
                        .provider("openai")
                        .input_tokens(100)
                        .output_tokens(20)
                        .record();
                    whose::capture_message("down");
                });
            });
        }
    });
    provider.force_flush().unwrap();
}

#[test]
fn users_are_no_dimension_by_default() {
    let (exporter, provider) = provider();
    let metrics = whose_opentelemetry::metrics(&provider)
        .with_cost(|record| Some(record.model_usage()?.tokens.output as f64 * 0.5));
    run(&provider, metrics, 3);
    assert_eq!(
        points(&exporter, "whose.requests"),
        [("whose.failed=false".to_owned(), 3.0)]
    );
    assert_eq!(points(&exporter, "whose.errors"), [(String::new(), 3.0)]);
    let model = "gen_ai.provider.name=openai,gen_ai.request.model=gpt-4o-mini";
    assert_eq!(
        points(&exporter, "whose.usage.cost"),
        [(model.to_owned(), 30.0)]
    );
    assert_eq!(
        points(&exporter, "gen_ai.client.token.usage"),
        [
            (format!("{model},gen_ai.token.type=input"), 300.0),
            (format!("{model},gen_ai.token.type=output"), 60.0),
        ]
    );
}

#[test]
fn users_past_the_bound_are_counted_together_and_counted() {
    let (exporter, provider) = provider();
    let metrics = whose_opentelemetry::metrics(&provider).with_user_dimension(2);
    let overflowed = metrics.overflowed();
    run(&provider, metrics, 5);
    let requests = points(&exporter, "whose.requests");
    let expected = [
        ("user.id=user-0,whose.failed=false", 1.0),
        ("user.id=user-1,whose.failed=false", 1.0),
        ("whose.failed=false,whose.overflow=true", 3.0),
    ];
    assert_eq!(
        requests,
        expected.map(|(point, sum)| (point.to_owned(), sum))
    );
    // A request, an error and a call of each of three users.
    assert_eq!(overflowed.load(Ordering::Relaxed), 9);
    assert_eq!(
        points(&exporter, "whose.metrics.overflowed"),
        [(String::new(), 9.0)]
    );
}

#[test]
fn pseudonym_is_the_dimension_where_a_policy_hides_the_id() {
    let (exporter, provider) = provider();
    let metrics = whose_opentelemetry::metrics(&provider).with_user_dimension(10);
    let policy = whose::Policy::new().drop("user.id");
    let layer = whose::layer()
        .with_sink(metrics)
        .with_policy(policy)
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| tracing::info_span!("request").in_scope(|| ()));
    });
    provider.force_flush().unwrap();
    let requests = points(&exporter, "whose.requests");
    assert!(!format!("{requests:?}").contains("alice"), "{requests:?}");
}

#[test]
fn dimension_of_no_users_is_off() {
    let (exporter, provider) = provider();
    let metrics = whose_opentelemetry::metrics(&provider).with_user_dimension(0);
    run(&provider, metrics, 2);
    assert_eq!(
        points(&exporter, "whose.requests"),
        [("whose.failed=false".to_owned(), 2.0)]
    );
}
