//! Values that a policy removes reach no sink, for every way to make a record.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::json;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;
use whose::{Breadcrumb, Policy, PolicyKey, Record, RecordSink, Scope, Scrubber, User};
use whose_tests::log_buffer::LogBuffer;
use whose_tests::memory_sink::MemorySink;

/// A sink that keeps every readable value of its records as text.
#[derive(Clone, Default)]
struct TextSink(Arc<Mutex<String>>);

impl TextSink {
    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl RecordSink for TextSink {
    fn record(&self, record: &Arc<Record>) {
        let mut text = self.0.lock().unwrap();
        let attribution = record.attribution();
        let user = record.user();
        writeln!(
            text,
            "{} {:?} {:?} {:?} {:?} {:?} {:?}",
            serde_json::to_string(&**record).unwrap(),
            (record.name(), record.target(), record.message()),
            (record.user_id(), record.user_hash(), record.session_id()),
            user.map(|u| (u.id(), u.hash(), u.email(), u.username(), u.full_name())),
            user.map(|u| (u.ip_address(), u.segment())),
            user.map(|u| u.attrs().collect::<Vec<_>>()),
            (
                attribution.user_id(),
                attribution.session_id(),
                attribution.tags().collect::<Vec<_>>()
            ),
        )
        .unwrap();
        let causes: Vec<_> = record.causes().collect();
        let fields: Vec<_> = record.fields().collect();
        writeln!(text, "{causes:?} {fields:?} {:?}", record.model_usage()).unwrap();
    }
}

/// A secret value for each field. No other written text contains a secret.
struct Secrets {
    values: Vec<(&'static str, String)>,
}

const NAMES: [&str; 17] = [
    "user.id",
    "user.email",
    "user.name",
    "user.full_name",
    "user.ip_address",
    "user.segment",
    "user.attrs.team",
    "session.id",
    "tag.desk",
    "note",
    "input.question",
    "output",
    "message",
    "user.phone",
    "extra.cart",
    "context.app.key",
    "breadcrumb.step",
];

fn letter(index: usize) -> char {
    ('a'..='z').nth(index).unwrap()
}

impl Secrets {
    fn new(parts: &[String]) -> Self {
        let value =
            |(index, part): (usize, &String)| (NAMES[index], format!("§{}{part}§", letter(index)));
        Self {
            values: parts.iter().enumerate().map(value).collect(),
        }
    }

    fn get(&self, name: &str) -> &str {
        let (_, value) = self.values.iter().find(|(it, _)| *it == name).unwrap();
        value
    }

    fn user(&self) -> User {
        User::new(self.get("user.id"))
            .with_email(self.get("user.email"))
            .with_username(self.get("user.name"))
            .with_full_name(self.get("user.full_name"))
            .with_ip_address(self.get("user.ip_address"))
            .with_segment(self.get("user.segment"))
            .with_attr("team", self.get("user.attrs.team"))
    }
}

#[whose::trace(input(question), output)]
fn answer(question: &str, output: &str) -> String {
    let _ = question;
    output.to_owned()
}

/// Emits records of every type that hold every secret: from scopes and from the fields of a span,
/// with a user and without a user.
fn emit(secrets: &Secrets) {
    let get = |name| secrets.get(name);
    let work = || {
        answer(get("input.question"), get("output"));
        tracing::info!(note = get("note"), "{}", get("message"));
        whose::capture_error(&std::io::Error::other(get("message").to_owned()));
        whose::usage("gpt-4o-mini").input_tokens(1).record();
    };
    whose::user(secrets.user())
        .session(get("session.id"))
        .tag("desk", get("tag.desk"))
        .extra("cart", get("extra.cart"))
        .context("app", json!({ "key": get("context.app.key") }))
        .in_scope(|| {
            Scope::isolated().in_scope(|| {
                let crumb = Breadcrumb::new(get("message"));
                whose::add_breadcrumb(crumb.with_data("step", get("breadcrumb.step")));
                work();
            })
        });
    tracing::info_span!(
        "by hand",
        user.id = get("user.id"),
        user.ip_address = get("user.ip_address"),
        user.phone = get("user.phone"),
        session.id = get("session.id"),
        tag.desk = get("tag.desk"),
    )
    .in_scope(work);
    tracing::info_span!(
        "without a user id",
        user.email = get("user.email"),
        user.full_name = get("user.full_name"),
        user.attrs.team = get("user.attrs.team"),
        note = get("note"),
    )
    .in_scope(|| ());
}

/// The text of the records at the sink, and the text that `whose` adds to the lines of a log.
fn observe(policy: Policy, secrets: &Secrets) -> (String, String) {
    let (sink, lines) = (TextSink::default(), LogBuffer::default());
    let json = fmt::layer()
        .json()
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(lines.clone())
        .map_event_format(whose::fmt::attributed);
    let text = fmt::layer()
        .with_ansi(false)
        .with_writer(lines.clone())
        .map_event_format(whose::fmt::attributed)
        // The policy does not cover the fields that the format itself prints.
        .fmt_fields(fmt::format::debug_fn(|_, _, _| Ok(())));
    let subscriber = tracing_subscriber::registry()
        .with(text)
        .with(
            whose::layer()
                .with_policy(policy)
                .unwrap()
                .with_sink(sink.clone()),
        )
        .with(json);
    tracing::subscriber::with_default(subscriber, || emit(secrets));
    let added = lines
        .take()
        .lines()
        .map(
            |line| match serde_json::from_str::<serde_json::Value>(line) {
                Ok(json) => format!("{} {}\n", json["user.id"], json["session.id"]),
                Err(_) => format!("{line}\n"),
            },
        )
        .collect();
    (sink.text(), added)
}

fn key() -> PolicyKey {
    PolicyKey::new("k1", [7; 32]).unwrap()
}

#[test]
fn empty_policy_keeps_everything() {
    let secrets = Secrets::new(&vec!["x".to_owned(); NAMES.len()]);
    let (records, lines) = observe(Policy::new(), &secrets);
    for (name, value) in &secrets.values {
        assert!(records.contains(value.as_str()), "{name}: {records}");
    }
    assert!(lines.contains(secrets.get("user.id")) && lines.contains(secrets.get("session.id")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn protected_field_never_reaches_sink(
        parts in prop::collection::vec("[^§\\p{C}]{3,24}", NAMES.len()),
        actions in prop::collection::vec(0..4_u8, NAMES.len()),
        with_scrubber: bool,
    ) {
        let secrets = Secrets::new(&parts);
        let mut policy = Policy::new();
        if with_scrubber {
            policy = policy.with_scrubber(Scrubber::default());
        }
        for (name, action) in NAMES.into_iter().zip(&actions) {
            // `User` has no phone: the pattern matches a field of the program instead.
            let name = if name == "user.phone" { "user.phone*" } else { name };
            policy = match action {
                0 => policy,
                1 => policy.drop(name),
                2 => policy.mask(name),
                _ => policy.pseudonymise(name, &key()),
            };
        }
        let (records, lines) = observe(policy, &secrets);
        for ((name, action), part) in NAMES.into_iter().zip(actions).zip(&parts) {
            if action == 0 {
                continue;
            }
            let value = secrets.get(name);
            // The plain value, and the value as `Debug` and JSON escape it. The marks make each
            // value unique, so the check also finds the beginning of a value.
            let escaped = format!("{value:?}");
            for shown in [value, escaped.trim_matches('"')] {
                prop_assert!(!records.contains(shown), "{name} {part}: {records}");
                prop_assert!(!lines.contains(shown), "{name} {part}: {lines}");
            }
            let index = NAMES.iter().position(|it| *it == name).unwrap();
            let begin = format!("§{}", letter(index));
            prop_assert!(!records.contains(&begin) && !lines.contains(&begin), "{name}");
        }
    }
}

#[test]
fn pseudonym_groups_records_and_appears_on_lines() {
    let secrets = Secrets::new(&vec!["x".to_owned(); NAMES.len()]);
    let (records, lines) = observe(Policy::pseudonymous(&key()), &secrets);
    let pseudonym = key().pseudonym(secrets.get("user.id"));
    assert!(records.contains(&pseudonym) && !records.contains(secrets.get("user.id")));
    assert!(lines.contains(&format!("user.hash={pseudonym}")), "{lines}");
    let session = key().pseudonym(secrets.get("session.id"));
    assert!(lines.contains(&format!("session.id={session}")), "{lines}");

    let rec = MemorySink::default();
    with_layer(
        whose::layer()
            .with_policy(Policy::pseudonymous(&key()))
            .unwrap()
            .with_sink(rec.clone()),
        || {
            whose::user(User::new("alice").with_email("a@b.c")).in_scope(|| tracing::info!("a"));
            whose::user("alice").in_scope(|| tracing::info!("b"));
            whose::user("bob").in_scope(|| {
                tracing::info!("c");
                assert_eq!(
                    whose::current().user_id(),
                    Some("bob"),
                    "the program sees the id"
                );
            });
        },
    );
    let records = rec.records();
    let hashes: Vec<_> = records.iter().map(|record| record.user_hash()).collect();
    assert_eq!(hashes[0], Some(key().pseudonym("alice").as_str()));
    assert_eq!(hashes[0], hashes[1]);
    assert_ne!(hashes[1], hashes[2]);
    for record in &records {
        let user = record.user().unwrap();
        assert_eq!((user.id(), user.email()), (None, None));
        assert_eq!(record.user_source(), Some(whose::Source::Scope));
    }
}

fn with_layer<R>(layer: whose::Layer, f: impl FnOnce() -> R) -> R {
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), f)
}

/// The only record that `log` makes under a policy.
fn under(policy: Policy, log: impl FnOnce()) -> Arc<Record> {
    let kept = MemorySink::default();
    let layer = whose::layer()
        .with_policy(policy)
        .unwrap()
        .with_sink(kept.clone());
    with_layer(layer, log);
    kept.only()
}

#[test]
fn each_action_applies() {
    let policy = Policy::new()
        .keep("user.id")
        .mask("user.name")
        .truncate_ip("user.ip_address")
        .drop("user.attrs.*")
        .keep("user.attrs.plan")
        .truncate_ip("*.ip")
        .pseudonymise("card", &key())
        .mask("tag.secret*");
    let user = User::new("12345678901234567890")
        .with_username("al")
        .with_full_name("Alice")
        .with_ip_address("::ffff:203.0.113.77")
        .with_attr("plan", "pro")
        .with_attr("seats", 3);
    let record = under(policy, || {
        whose::user(user)
            .tag("secret.a", "x")
            .tag("plain", "y")
            .in_scope(|| {
                tracing::info!(
                    peer.ip = "2001:db8:1:2::3",
                    other.ip = "somewhere",
                    card = 1234,
                    n = 1,
                    "x"
                )
            });
    });
    let user = record.user().unwrap();
    assert_eq!(user.id(), Some("12345678901234567890"));
    assert_eq!(
        (user.username(), user.full_name()),
        (Some("[masked]"), Some("Alice"))
    );
    assert_eq!(user.ip_address(), Some("203.0.113.0"));
    assert_eq!(user.attrs().count(), 1);
    assert_eq!(user.attr("plan").unwrap(), &"pro");
    assert_eq!(record.field("peer.ip").unwrap(), &"2001:db8:1::");
    assert_eq!(
        record.field("other.ip"),
        None,
        "a text that is no address is dropped"
    );
    assert_eq!(record.field("card").unwrap(), &*key().pseudonym("1234"));
    assert_eq!(record.field("n").and_then(whose::Value::as_u64), Some(1));
    assert_eq!(
        (record.tag("secret.a"), record.tag("plain")),
        (Some("[masked]"), Some("y"))
    );
}

#[test]
fn fully_redacted_user_becomes_none() {
    let log = || {
        whose::user("alice")
            .session("s")
            .in_scope(|| tracing::info!("x"))
    };
    let record = under(Policy::new().drop("user.*"), log);
    assert_eq!((record.user(), record.user_source()), (None, None));
    assert_eq!(record.session_id(), Some("s"));

    let email_alone = User::without_id().with_email("a@b.c");
    let record = under(Policy::pseudonymous(&key()), || {
        whose::user(email_alone).in_scope(|| tracing::info!("x"));
    });
    assert_eq!(record.user(), None);
}

#[test]
fn joined_layers_apply_both_policies() {
    let (first, second) = (MemorySink::default(), MemorySink::default());
    let lines = LogBuffer::default();
    let text = fmt::layer().with_ansi(false).with_writer(lines.clone());
    let subscriber = tracing_subscriber::registry()
        .with(
            whose::layer()
                .with_policy(
                    Policy::new()
                        .drop("user.email")
                        .pseudonymise("user.id", &key()),
                )
                .unwrap()
                .with_sink(first.clone()),
        )
        .with(
            whose::layer()
                .with_policy(Policy::new().mask("session.id").mask("user.name"))
                .unwrap()
                .with_sink(second.clone()),
        )
        .with(text.map_event_format(whose::fmt::attributed));
    let user = User::new("alice").with_email("a@b.c").with_username("al");
    tracing::subscriber::with_default(subscriber, || {
        whose::user(user)
            .session("s-1")
            .in_scope(|| tracing::info!("x"));
    });
    for record in [first.only(), second.only()] {
        let user = record.user().unwrap();
        assert_eq!((user.id(), user.email()), (None, None));
        assert_eq!(user.hash(), Some(key().pseudonym("alice").as_str()));
        assert_eq!(user.username(), Some("[masked]"));
        assert_eq!(record.session_id(), Some("[masked]"));
    }
    let line = lines.take();
    assert!(
        line.contains("user.hash=k1:") && line.contains("session.id=[masked]"),
        "{line}"
    );
    assert!(!line.contains("alice") && !line.contains("s-1"), "{line}");
}

#[test]
fn policy_dropping_id_drops_other_policy_pseudonym() {
    let kept = MemorySink::default();
    let layer = whose::layer()
        .with_policy(Policy::pseudonymous(&key()))
        .unwrap()
        .with_policy(Policy::new().drop("user.id"))
        .unwrap()
        .with_sink(kept.clone());
    with_layer(layer, || {
        whose::user("alice").in_scope(|| tracing::info!("x"))
    });
    assert_eq!(kept.only().user(), None);
}

/// The log line of an event of Alice, with `layer` beside the format layer.
fn line_beside<L>(layer: L) -> String
where
    L: tracing_subscriber::Layer<tracing_subscriber::Registry> + Send + Sync,
{
    let lines = LogBuffer::default();
    let text = fmt::layer().with_ansi(false).with_writer(lines.clone());
    let subscriber = tracing_subscriber::registry()
        .with(layer)
        .with(text.map_event_format(whose::fmt::attributed));
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| tracing::info!("x"));
    });
    lines.take()
}

#[test]
fn policy_does_not_affect_lines_of_other_subscriber() {
    let guarded = tracing::Dispatch::new(
        tracing_subscriber::registry()
            .with(whose::layer().with_policy(Policy::new().drop("*")).unwrap()),
    );
    assert!(line_beside(whose::layer()).ends_with("x user.id=alice\n"));
    drop(guarded);
}

#[test]
fn line_obeys_policy_if_filter_hides_event_from_layer() {
    let policy = Policy::new().drop("user.id");
    let nothing = tracing_subscriber::filter::LevelFilter::OFF;
    let line = line_beside(
        whose::layer()
            .with_policy(policy)
            .unwrap()
            .with_filter(nothing),
    );
    assert!(line.contains('x') && !line.contains("alice"), "{line}");
}
