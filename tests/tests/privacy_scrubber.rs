//! The scrubber processes every text that leaves the process, for every way to make a record.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use serde_json::json;
use tracing::Level;
use tracing_subscriber::fmt::format;
use tracing_subscriber::prelude::*;
use whose::{Breadcrumb, Policy, Record, RecordType, Scope, Scrubber, User};
use whose_tests::log_buffer::LogBuffer;
use whose_tests::memory_sink::MemorySink;

const CARD: &str = "4111111111111111";
const MAIL: &str = "bob@example.com";

fn scrubbing() -> Policy {
    Policy::new().with_scrubber(Scrubber::default())
}

fn records_under(policy: Policy, log: impl FnOnce()) -> Vec<Arc<Record>> {
    let kept = MemorySink::default();
    let layer = whose::layer()
        .with_policy(policy)
        .unwrap()
        .with_breadcrumbs(Level::INFO, |_| true)
        .with_sink(kept.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        Scope::isolated().in_scope(log);
    });
    kept.records()
}

fn json_of(record: &Arc<Record>) -> String {
    serde_json::to_string(&**record).unwrap()
}

#[derive(Debug)]
struct Refused(&'static str, Option<&'static Refused>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.map(|inner| inner as &dyn Error)
    }
}

static INNER: Refused = Refused("of bob@example.com", None);
static REFUSED: Refused = Refused("no card 4111 1111 1111 1111", Some(&INNER));

#[test]
fn promoted_error_texts_are_scrubbed() {
    let records = records_under(scrubbing(), || {
        tracing::error!(err = %REFUSED, "for {MAIL}");
        tracing::error!(cause = &REFUSED as &dyn Error, "for {MAIL}");
        tracing::warn!(cause = &REFUSED as &dyn Error, why = ?REFUSED, "for {MAIL}");
    });
    for record in &records {
        let json = json_of(record);
        assert!(!json.contains("4111") && !json.contains("bob@"), "{json}");
    }
    let (by_text, by_value) = (&records[0], &records[1]);
    assert_eq!(by_text.record_type(), RecordType::Error);
    assert_eq!(by_text.message(), Some("no card [card]"));
    assert_eq!(by_text.field("message").unwrap(), &"for [email]");
    assert_eq!(by_text.field("err").unwrap(), &"no card [card]");
    assert_eq!(by_value.field("cause").unwrap(), &"no card [card]");
    assert_eq!(by_value.causes().collect::<Vec<_>>(), ["of [email]"]);
    // Each event is also a breadcrumb of the later errors.
    assert_eq!(
        by_value.breadcrumbs().next().unwrap().message(),
        "no card [card]"
    );
}

#[whose::trace(input(question), output)]
fn answer(question: &str) -> String {
    question.to_owned()
}

/// Emits the text in every value that a program can set, except for the user and the session.
fn emit(text: &'static str) {
    let user = User::new("alice").with_attr("note", text);
    whose::user(user)
        .tag("note", text)
        .extra("cart", json!({"note": [text, {text: 1}], "n": 1}))
        .extra("text", text)
        .context("app", json!({"note": text, "deep": {"note": text}}))
        .in_scope(|| {
            whose::add_breadcrumb(
                Breadcrumb::new(text)
                    .with_category(text)
                    .with_type(text)
                    .with_data("note", json!({"note": text, text: 2})),
            );
            let span = tracing::info_span!("span", note = text, late = tracing::field::Empty);
            span.in_scope(|| {
                span.record("late", text);
                tracing::info!(note = text, debug = ?Some(text), display = %text, "{text}");
                tracing::info!(number = 4_111_111_111_111_111_u64, "x");
                answer(text);
                whose::usage(text).provider(text).input_tokens(1).record();
                whose::capture_error(&std::io::Error::other(text));
                whose::message(text).extra("more", text).capture();
            });
        });
}

#[test]
fn every_record_text_is_scrubbed() {
    for text in [
        MAIL,
        CARD,
        "npm_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
        "\"a b\"@x.org",
    ] {
        let records = records_under(scrubbing(), || emit(text));
        assert_eq!(records.len(), 7);
        let escaped = text.replace('"', "\\\"");
        for record in &records {
            let json = json_of(record);
            assert!(!json.contains(text) && !json.contains(&escaped), "{json}");
            assert!(!json.contains("4111"), "{json}");
            assert_eq!(record.user_id(), Some("alice"));
        }
    }
    let all = records_under(Policy::new(), || emit(MAIL));
    assert!(all.iter().all(|record| json_of(record).contains(MAIL)));
}

#[test]
fn run_time_log_target_is_scrubbed() {
    let records = records_under(scrubbing(), || {
        for target in [MAIL, "shop::cart"] {
            let record = log::Record::builder()
                .target(target)
                .args(format_args!("x"))
                .level(log::Level::Warn)
                .build();
            tracing_log::format_trace(&record).unwrap();
        }
    });
    let targets: Vec<_> = records.iter().map(|record| record.target()).collect();
    assert_eq!(targets, ["[email]", "shop::cart"]);
}

#[test]
fn keys_made_equal_keep_their_values() {
    let records = records_under(scrubbing(), || {
        whose::set_extra("sums", json!({"by": {"a@x.org": 1, "b@x.org": 2}}));
        tracing::info!("x");
    });
    let expected = json!({"by": {"[email]": 1, "[email] 2": 2}});
    assert_eq!(records[0].extra("sums"), Some(&expected));
}

#[test]
fn identity_is_not_scrubbed() {
    let records = records_under(scrubbing(), || {
        let user = User::new(CARD)
            .with_email(MAIL)
            .with_username(MAIL)
            .with_full_name(MAIL)
            .with_segment(CARD);
        whose::user(user)
            .session(CARD)
            .in_scope(|| tracing::info!("x"));
    });
    let user = records[0].user().unwrap();
    assert_eq!(
        (user.id(), user.email(), user.username()),
        (Some(CARD), Some(MAIL), Some(MAIL))
    );
    assert_eq!((user.full_name(), user.segment()), (Some(MAIL), Some(CARD)));
    assert_eq!(records[0].session_id(), Some(CARD));
}

#[test]
fn exception_keeps_named_text() {
    let scrubber = Scrubber::default()
        .except("order")
        .except("tag.order")
        .except("extra.order");
    let records = records_under(Policy::new().with_scrubber(scrubber), || {
        whose::tag("order", CARD)
            .extra("order", json!({"id": CARD, CARD: CARD}))
            .extra("last", json!({"order": CARD}))
            .in_scope(|| tracing::info!(order = CARD, card.order = CARD, "of {CARD}"));
    });
    let record = &records[0];
    assert_eq!(
        (record.field("order").unwrap(), record.tag("order")),
        (&CARD.into(), Some(CARD))
    );
    assert_eq!(
        record.extra("order"),
        Some(&json!({"id": CARD, CARD: CARD}))
    );
    assert_eq!(record.extra("last"), Some(&json!({"order": "[card]"})));
    assert_eq!(record.field("card.order").unwrap(), &"[card]");
    assert_eq!(record.message(), Some("of [card]"));
}

/// The lines that `log` writes beside a layer with this policy.
fn lines<E>(policy: Policy, format: E, log: impl FnOnce()) -> String
where
    E: FnOnce(
        LogBuffer,
    )
        -> Box<dyn tracing_subscriber::Layer<tracing_subscriber::Registry> + Send + Sync>,
{
    let lines = LogBuffer::default();
    let text = format(lines.clone());
    let layer = whose::layer().with_policy(policy).unwrap();
    let subscriber = tracing_subscriber::registry().with(text).with(layer);
    tracing::subscriber::with_default(subscriber, log);
    lines.take()
}

fn log_secrets() {
    whose::user(MAIL).session("s-1").in_scope(|| {
        let span = tracing::info_span!("pay", card = CARD, "for \"a b\"@x.org");
        span.in_scope(|| {
            tracing::error!(err = %REFUSED, n = 4_111_111_111_111_111_u64, "to\n{MAIL}");
        });
    });
}

fn assert_scrubbed(line: &str) {
    assert!(!line.contains("4111") && !line.contains("a b"), "{line}");
    // The user id that `whose` adds is not scrubbed.
    assert_eq!(line.matches(MAIL).count(), 1, "{line}");
    assert!(
        line.contains("[email]") && line.contains("[card]"),
        "{line}"
    );
}

#[test]
fn log_line_is_scrubbed_in_every_format() {
    let plain = |lines| -> Box<dyn tracing_subscriber::Layer<_> + Send + Sync> {
        let layer = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(lines);
        Box::new(layer.map_event_format(whose::fmt::attributed))
    };
    let coloured = |lines| -> Box<dyn tracing_subscriber::Layer<_> + Send + Sync> {
        let layer = tracing_subscriber::fmt::layer()
            .with_ansi(true)
            .with_writer(lines);
        Box::new(layer.map_event_format(whose::fmt::attributed))
    };
    let pretty = |lines| -> Box<dyn tracing_subscriber::Layer<_> + Send + Sync> {
        let layer = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(lines);
        let layer = layer.pretty().with_file(false);
        Box::new(layer.map_event_format(whose::fmt::attributed))
    };
    for line in [
        lines(scrubbing(), plain, log_secrets),
        lines(scrubbing(), coloured, log_secrets),
        lines(scrubbing(), pretty, log_secrets),
    ] {
        assert_scrubbed(&line);
    }
    assert!(lines(scrubbing(), coloured, log_secrets).contains("\u{1b}["));
    assert!(lines(Policy::new(), plain, log_secrets).contains(CARD));
}

#[test]
fn json_log_line_is_scrubbed_and_stays_json() {
    let json = |lines| -> Box<dyn tracing_subscriber::Layer<_> + Send + Sync> {
        let layer = tracing_subscriber::fmt::layer().json().with_writer(lines);
        Box::new(
            layer
                .map_event_format(whose::fmt::attributed)
                .fmt_fields(format::JsonFields::default()),
        )
    };
    let line = lines(scrubbing(), json, log_secrets);
    assert_scrubbed(&line);
    let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(parsed["fields"]["message"], "to\n[email]");
    assert_eq!(parsed["fields"]["n"], "[card]");
    assert_eq!(parsed["span"]["card"], "[card]");
    assert_eq!(parsed["user.id"], MAIL);
}
