//! A hook edits or drops a record before the sinks, and each record carries the identity of its
//! service.

use std::process::Command;
use std::sync::Arc;

use tracing_subscriber::prelude::*;
use whose::{Policy, Record, Redacted, Service, User};
use whose_tests::memory_sink::MemorySink;

/// The records that `log` sends through the layer to a sink.
fn records_of(layer: whose::Layer, log: impl FnOnce()) -> Vec<Arc<Record>> {
    let sink = MemorySink::default();
    let layer = layer.with_sink(sink.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
    let records = sink.records();
    records.clone()
}

#[test]
fn hook_edits_obey_limits() {
    let layer = whose::layer().with_before_record(|record| {
        assert_eq!(record.user_id(), Some("alice"));
        record.set_message("é".repeat(1_000_000));
        record.remove_field("cookie");
        record.set_field("n", 2);
        record.set_field("gone", None::<&str>);
        record.set_tag("added", "x".repeat(1_000));
        record.set_tag("not a key", "x");
        record.set_tag("old", None::<&str>);
        record.remove_tag("older");
        record.remove_session();
        record.remove_causes();
        true
    });
    let records = records_of(layer, || {
        whose::user("alice")
            .session("s")
            .tag("old", "1")
            .tag("older", "2")
            .in_scope(|| tracing::info!(cookie = "c", n = 1, gone = 1, kept = 1, "x"));
    });
    let record = &records[0];
    assert!(record.message().unwrap().len() <= whose::Limits::FIELD_BYTES);
    let fields: Vec<_> = record.fields().map(|(key, _)| key).collect();
    assert_eq!(fields, ["kept", "n"]);
    assert_eq!(record.field("n").and_then(whose::Value::as_u64), Some(2));
    let tags: Vec<_> = record.tags().map(|(key, _)| key).collect();
    assert_eq!(tags, ["added"]);
    assert!(record.tag("added").unwrap().chars().count() <= whose::Limits::TAG_VALUE_CHARS);
    assert_eq!(record.session_id(), None);
    assert_eq!(record.user_id(), Some("alice"));
}

#[test]
fn hook_drops_records_of_every_type_and_counts_them() {
    let before = whose::stats();
    let layer = whose::layer().with_before_record(|record| record.message() == Some("kept"));
    let records = records_of(layer, || {
        tracing::info_span!("span").in_scope(|| tracing::info!("kept"));
        tracing::info!("dropped");
        whose::capture_error(&std::io::Error::other("dropped"));
        whose::usage("m").input_tokens(1).record();
    });
    assert_eq!(records.len(), 1);
    let dropped = whose::stats().dropped_by_hook - before.dropped_by_hook;
    assert_eq!(dropped, 4);
}

#[test]
fn panicking_hook_loses_only_its_record() {
    let before = whose::stats();
    let layer = whose::layer().with_before_record(|record| {
        record.set_message("half done");
        assert_ne!(
            record.field("bad").and_then(whose::Value::as_bool),
            Some(true)
        );
        true
    });
    let records = records_of(layer, || {
        tracing::info!(bad = true, "x");
        tracing::info!(bad = false, "x");
    });
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].message(), Some("half done"));
    assert_eq!(whose::stats().hook_panics - before.hook_panics, 1);
}

#[test]
fn hooks_run_in_order_before_policy() {
    let layer = whose::layer()
        .with_policy(
            Policy::new()
                .mask("secret")
                .drop("user.email")
                .drop("tag.mail"),
        )
        .unwrap()
        .with_before_record(|record| {
            assert_eq!(
                record.user().unwrap().email(),
                Some("a@b.c"),
                "the policy runs after the hooks"
            );
            let email = record.user().and_then(User::email).map(str::to_owned);
            record.set_tag("mail", email);
            record.set_field("secret", "added by a hook");
            record.set_field("user.email", "a@b.c");
            true
        })
        .with_before_record(|record| {
            let has_mail = record.tag("mail").is_some();
            record.set_tag("second", has_mail);
            true
        });
    let records = records_of(layer, || {
        whose::user(User::new("alice").with_email("a@b.c")).in_scope(|| tracing::info!("x"));
    });
    let record = &records[0];
    assert_eq!(record.field("secret").unwrap(), &"[masked]");
    assert_eq!(record.field("user.email"), None);
    assert_eq!(
        (record.tag("mail"), record.tag("second")),
        (None, Some("true"))
    );
    assert_eq!(record.user().unwrap().email(), None);
}

#[test]
fn hook_log_is_not_recorded_and_does_not_recurse() {
    // A global subscriber passes an event of a hook to the layer again.
    let sink = MemorySink::default();
    let layer = whose::layer()
        .with_before_record(|record| {
            tracing::info!("logged by the hook");
            whose::capture_error(&std::io::Error::other("reported by the hook"));
            record.set_tag("seen", true);
            true
        })
        .with_sink(sink.clone());
    tracing_subscriber::registry().with(layer).init();
    tracing::info!("x");
    let records = sink.records();
    assert_eq!(records.len(), 1);
    assert_eq!(
        (records[0].message(), records[0].tag("seen")),
        (Some("x"), Some("true"))
    );
}

#[test]
fn every_record_has_its_service() {
    let service = Service::new("checkout")
        .with_version("1.2")
        .with_environment("prod")
        .with_host(None::<&str>);
    let layer = whose::layer()
        .with_service(service.clone())
        .with_before_record(|record| record.service().is_some());
    let records = records_of(layer, || {
        tracing::info_span!("span").in_scope(|| tracing::info!("event"));
        whose::capture_error(&std::io::Error::other("error"));
        whose::usage("m").input_tokens(1).record();
    });
    assert_eq!(records.len(), 4);
    for record in &records {
        assert_eq!(record.service(), Some(&service));
        assert!(std::ptr::eq(
            record.service().unwrap(),
            records[0].service().unwrap()
        ));
    }
    let without_service = records_of(whose::layer(), || tracing::info!("x"));
    assert_eq!(without_service[0].service(), None);
}

#[test]
fn first_of_two_layers_names_service() {
    let (first, second) = (MemorySink::default(), MemorySink::default());
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer().with_sink(first.clone()))
        .with(
            whose::layer()
                .with_service(Service::new("b"))
                .with_sink(second.clone()),
        )
        .with(whose::layer().with_service(Service::new("c")));
    tracing::subscriber::with_default(subscriber, || tracing::info!("x"));
    for sink in [first, second] {
        let records = sink.records();
        assert_eq!(records[0].service().unwrap().name(), Some("b"));
    }
}

/// Prints the service of the environment variables. Another test runs this test in a new process.
#[test]
#[ignore = "run by another test"]
fn print_service() {
    println!("{:?}", Service::from_env());
}

#[test]
fn opentelemetry_variables_are_read() {
    let print = |name: &str| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "print_service", "--nocapture"])
            .env("OTEL_SERVICE_NAME", name)
            .env(
                "OTEL_RESOURCE_ATTRIBUTES",
                "service.name=other,service.version=1%2C2,deployment.environment=prod",
            )
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let expected = |name| {
        let service = Service::new(name)
            .with_version("1,2")
            .with_environment("prod");
        format!("{service:?}")
    };
    let printed = print("checkout");
    assert!(printed.contains(&expected("checkout")), "{printed}");
    assert!(print("").contains(&expected("other")));
}

#[whose::trace(input(password, codes), output, tags(password), fields(code = %codes[0]))]
fn log_in(password: Redacted<&str>, codes: &[Redacted<u32>]) -> Option<Redacted<String>> {
    tracing::info!(%password, ?codes, "with {password} {codes:?}");
    Some(Redacted(format!("{}{}", password.0, codes[0].0)))
}

#[test]
fn redacted_value_is_not_recorded_in_clear() {
    let records = records_of(whose::layer(), || {
        let user = User::new("alice").with_attr("pin", Redacted(13_579));
        whose::user(user)
            .tag("pin", Redacted(13_579))
            .in_scope(|| assert!(log_in(Redacted("hunter2"), &[Redacted(13_579)]).is_some()));
    });
    let written = |record: &Arc<Record>| serde_json::to_string(&**record).unwrap();
    let shown: String = records.iter().map(written).collect();
    assert!(
        !shown.contains("hunter2") && !shown.contains("13579"),
        "{shown}"
    );
    let span = &records[1];
    for field in ["input.password", "input.codes", "output", "code"] {
        let value = span.field(field).unwrap().to_string();
        assert!(value.contains("[redacted]"), "{field}: {value}");
    }
    assert_eq!(
        (span.tag("password"), span.tag("pin")),
        (Some("[redacted]"), Some("[redacted]"))
    );
    assert_eq!(span.user().unwrap().attr("pin").unwrap(), &"[redacted]");
}

#[test]
fn user_debug_shows_only_id() {
    let user = User::new("alice")
        .with_email("secret-email")
        .with_username("secret-name")
        .with_full_name("secret-full")
        .with_ip_address("secret-ip")
        .with_segment("secret-segment")
        .with_attr("secret-key", "secret-value");
    let records = records_of(whose::layer(), || {
        let scope = whose::user(&user);
        assert!(!format!("{scope:?}").contains("secret"));
        scope.in_scope(|| {
            assert!(!format!("{:?}", whose::current()).contains("secret"));
            let report = whose::error(&std::io::Error::other("x")).user(&user);
            assert!(!format!("{report:?}").contains("secret"));
            report.capture();
        });
    });
    assert_eq!(
        format!("{user:?}"),
        "User { id: Some(\"alice\"), attrs: 1, .. }"
    );
    assert!(!format!("{records:?}").contains("secret"));
}
