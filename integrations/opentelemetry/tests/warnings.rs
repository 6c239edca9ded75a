//! A wrong set-up gives one warning, and the application goes on.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::{Arc, Mutex};

use common::Sdk;
use tracing_subscriber::layer::Context;
use tracing_subscriber::prelude::*;

#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<usize>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Warnings {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "whose" {
            *self.0.lock().unwrap() += 1;
        }
    }
}

#[test]
fn missing_layer_of_whose_gives_one_warning_and_spans_are_exported() {
    let sdk = Sdk::plain();
    let warnings = Warnings::default();
    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
    let subscriber = tracing_subscriber::registry()
        .with(whose_opentelemetry::layer(telemetry))
        .with(warnings.clone());
    tracing::subscriber::with_default(subscriber, || {
        for _ in 0..3 {
            tracing::info_span!("request").in_scope(|| ());
        }
    });
    assert_eq!(sdk.spans().len(), 3);
    assert_eq!(*warnings.0.lock().unwrap(), 1);
}
