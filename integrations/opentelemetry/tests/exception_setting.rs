//! The environment variable of the exception signal. Each value is a process of its own.

#![allow(clippy::unwrap_used)]

use std::process::Command;
use std::sync::{Arc, Mutex};

use tracing_subscriber::prelude::*;
use whose_opentelemetry::ExceptionSignal;

const VARIABLE: &str = "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN";
const CHILD: &str = "WHOSE_TEST_CHILD";

/// Collects the text of the events.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let mut line = format!("{}: ", event.metadata().target());
        struct Text<'a>(&'a mut String);
        impl tracing::field::Visit for Text<'_> {
            fn record_debug(&mut self, _: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0.push_str(&format!("{value:?}"));
            }
        }
        event.record(&mut Text(&mut line));
        self.0.lock().unwrap().push(line);
    }
}

fn child(value: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "value_of_the_process_is_read", "--nocapture"])
        .env(VARIABLE, value)
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn value_of_the_process_is_read() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let lines = Lines::default();
    let subscriber = tracing_subscriber::registry().with(lines.clone());
    let signal = tracing::subscriber::with_default(subscriber, || {
        let _ = ExceptionSignal::from_env();
        ExceptionSignal::from_env()
    });
    println!("signal: {signal:?}");
    println!("warnings: {:?}", lines.0.lock().unwrap());
}

#[test]
fn known_values_give_their_signal_without_a_warning() {
    for (value, signal) in [
        ("", "Spans"),
        ("logs", "Logs"),
        (" logs/dup ", "SpansAndLogs"),
    ] {
        let output = child(value);
        assert!(output.contains(&format!("signal: {signal}\n")), "{output}");
        assert!(output.contains("warnings: []"), "{output}");
    }
}

#[test]
fn unknown_value_gives_the_default_and_one_warning() {
    let output = child("log");
    assert!(output.contains("signal: Spans\n"), "{output}");
    assert_eq!(output.matches("whose: ").count(), 1, "{output}");
    assert!(
        output.contains("`log`") && output.contains("`logs/dup`"),
        "{output}"
    );
}
