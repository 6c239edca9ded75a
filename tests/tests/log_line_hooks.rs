//! Hooks of the layer and hooks of a format decide what a log line shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value as Json;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{fmt, registry};
use whose::{Actor, Layer, Policy, PolicyKey, Scrubber};
use whose_tests::log_buffer::LogBuffer;
use whose_tests::memory_sink::MemorySink;

/// An event of Alice, whose agent is the planner.
fn log() {
    let scope = whose::user("alice").session("s-1").tag("plan", "pro");
    scope
        .actor(Actor::agent("planner"))
        .in_scope(|| tracing::info!(step = 1, "hello"));
}

/// The lines of `log` in the formats full, compact, pretty and JSON, beside `layer`.
fn lines_of(layer: Layer, log: impl FnOnce()) -> [String; 4] {
    let buffers = [(); 4].map(|()| LogBuffer::default());
    let [full, compact, pretty, json] = buffers.each_ref().map(LogBuffer::clone);
    let full = fmt::layer().with_ansi(false).with_writer(full);
    let compact = fmt::layer().with_ansi(false).with_writer(compact);
    let pretty = fmt::layer().with_ansi(false).with_writer(pretty);
    let json = fmt::layer().with_writer(json);
    let subscriber = registry()
        .with(layer)
        .with(full.map_event_format(whose::fmt::attributed))
        .with(compact.compact().map_event_format(whose::fmt::attributed))
        .with(pretty.pretty().map_event_format(whose::fmt::attributed))
        .with(json.json().map_event_format(whose::fmt::attributed));
    tracing::subscriber::with_default(subscriber, log);
    buffers.map(|buffer| buffer.take())
}

fn sunk(layer: Layer) -> Layer {
    layer.with_sink(MemorySink::default())
}

#[test]
fn line_of_record_without_user_after_hook_has_no_user_in_any_format() {
    let layer = whose::layer().with_before_record(|record| {
        record.remove_user();
        true
    });
    for line in lines_of(sunk(layer), log) {
        assert!(line.contains("hello") && line.contains("s-1"), "{line}");
        assert!(
            line.contains("planner") && !line.contains("alice"),
            "{line}"
        );
    }
}

#[test]
fn line_of_record_without_session_and_actor_after_hook_keeps_user() {
    let layer = whose::layer().with_before_record(|record| {
        record.remove_session();
        record.remove_actors();
        true
    });
    for line in lines_of(sunk(layer), log) {
        assert!(line.contains("alice"), "{line}");
        assert!(!line.contains("s-1") && !line.contains("planner"), "{line}");
    }
}

#[test]
fn hook_runs_once_for_a_record_and_all_of_its_lines() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let layer = whose::layer().with_before_record(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        true
    });
    lines_of(sunk(layer), || (0..10).for_each(|_| log()));
    assert_eq!(runs.load(Ordering::Relaxed), 10);
}

#[test]
fn dropped_record_keeps_its_line_as_later_hooks_leave_it() {
    let before = whose::stats().dropped_by_hook;
    let sink = MemorySink::default();
    let layer = whose::layer()
        .with_before_record(|_| false)
        .with_before_record(|record| {
            record.remove_user();
            true
        })
        .with_sink(sink.clone());
    for line in lines_of(layer, log) {
        assert!(line.contains("hello") && line.contains("s-1"), "{line}");
        assert!(!line.contains("alice"), "{line}");
    }
    assert_eq!(sink.records().len(), 0);
    assert_eq!(whose::stats().dropped_by_hook - before, 1);

    let noise = whose::layer().with_before_record(|_| false);
    for line in lines_of(sunk(noise), log) {
        assert!(
            line.contains("alice"),
            "a noise filter keeps the user: {line}"
        );
    }
}

#[test]
fn line_of_panicking_hook_has_no_ids() {
    let layer = whose::layer().with_before_record(|_| panic!("a hook that panics"));
    for line in lines_of(sunk(layer), log) {
        assert!(line.contains("hello"), "{line}");
        assert!(!line.contains("alice") && !line.contains("s-1"), "{line}");
    }
}

#[test]
fn hook_applies_without_a_sink_behind_the_format_and_behind_a_filter() {
    let hooked = || {
        whose::layer().with_before_record(|record| {
            if record.target() == "log_line_hooks" && record.message() == Some("hello") {
                assert!(record.field("step").is_some());
                record.remove_user();
            }
            true
        })
    };
    for line in lines_of(hooked(), log) {
        assert!(line.contains("s-1") && !line.contains("alice"), "{line}");
    }
    let line = |make: &dyn Fn(LogBuffer) -> tracing::Dispatch| {
        let lines = LogBuffer::default();
        tracing::dispatcher::with_default(&make(lines.clone()), log);
        lines.take()
    };
    let behind = line(&|lines| {
        let text = fmt::layer().with_ansi(false).with_writer(lines);
        let text = text.map_event_format(whose::fmt::attributed);
        registry().with(text).with(sunk(hooked())).into()
    });
    let hidden = line(&|lines| {
        let text = fmt::layer().with_ansi(false).with_writer(lines);
        let text = text.map_event_format(whose::fmt::attributed);
        let layer = sunk(hooked()).with_filter(LevelFilter::OFF);
        registry().with(layer).with(text).into()
    });
    for line in [behind, hidden] {
        assert!(line.contains("s-1") && !line.contains("alice"), "{line}");
    }
}

#[test]
fn hidden_event_does_not_take_the_result_of_an_earlier_event() {
    let lines = LogBuffer::default();
    // The hook removes the user of the second event only, which the filter hides from the layer.
    let layer = whose::layer()
        .with_before_record(|record| {
            if record.field("n").and_then(whose::Value::as_u64) == Some(1) {
                record.remove_user();
            }
            true
        })
        .with_sink(MemorySink::default());
    let is_second = Arc::new(AtomicUsize::new(0));
    let seen = is_second.clone();
    let hidden = tracing_subscriber::filter::dynamic_filter_fn(move |metadata, _| {
        metadata.is_span() || seen.load(Ordering::Relaxed) == 0
    });
    let text = fmt::layer().with_ansi(false).with_writer(lines.clone());
    let subscriber = registry()
        .with(layer.with_filter(hidden))
        .with(text.map_event_format(whose::fmt::attributed));
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| {
            for n in 0..2_u64 {
                is_second.store(n as usize, Ordering::Relaxed);
                tracing::info!(n, "one call site, one address");
            }
        });
    });
    let text = lines.take();
    let users: Vec<_> = text.lines().map(|line| line.contains("alice")).collect();
    assert_eq!(users, [true, false], "{text}");
}

#[test]
fn event_of_a_hook_has_a_line_without_ids() {
    let layer = whose::layer().with_before_record(|record| {
        if record.message() == Some("hello") {
            tracing::info!("from the hook");
        }
        true
    });
    for lines in lines_of(sunk(layer), log) {
        assert!(
            lines.contains("hello") && lines.contains("alice"),
            "{lines}"
        );
        let from_hook = lines.lines().find(|line| line.contains("from the hook"));
        assert!(
            from_hook.is_none_or(|line| !line.contains("alice")),
            "{lines}"
        );
    }
}

#[test]
fn line_hook_adds_removes_and_drops() {
    let before = whose::stats().dropped_lines;
    let (text, json) = (LogBuffer::default(), LogBuffer::default());
    let hook = |line: &mut whose::fmt::Line<'_>| {
        let plan = line.attribution().tag("plan").map(str::to_owned);
        line.add("tag.plan", plan);
        line.add("attempt", 3);
        line.add("ratio", f64::NAN);
        line.add("quoted", "a b=\"c\"");
        line.remove_session();
        line.metadata().level() != &tracing::Level::WARN
    };
    let plain = fmt::layer().with_ansi(false).with_writer(text.clone());
    let object = fmt::layer().json().with_writer(json.clone());
    let subscriber = registry()
        .with(whose::layer())
        .with(plain.map_event_format(|it| whose::fmt::attributed(it).with_before_line(hook)))
        .with(object.map_event_format(|it| whose::fmt::attributed(it).with_before_line(hook)));
    tracing::subscriber::with_default(subscriber, || {
        log();
        tracing::warn!("dropped");
    });
    let text = text.take();
    assert!(
        text.ends_with(
            "step=1 user.id=alice whose.actor.id=planner tag.plan=pro attempt=3 ratio=NaN \
             quoted=\"a b=\\\"c\\\"\"\n"
        ),
        "{text}"
    );
    let json = json.take();
    assert_eq!(json.lines().count(), 1);
    let line: Json = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&line["user.id"], &line["tag.plan"]),
        (&"alice".into(), &"pro".into())
    );
    assert_eq!(
        (&line["attempt"], &line["ratio"]),
        (&3.into(), &"NaN".into())
    );
    assert_eq!(line["quoted"], "a b=\"c\"");
    assert!(line.get("session.id").is_none());
    assert_eq!(whose::stats().dropped_lines - before, 2);
}

#[test]
fn policy_and_scrubber_treat_what_a_line_hook_adds() {
    let key = PolicyKey::new("k1", [7; 32]).unwrap();
    let policy = Policy::new()
        .drop("tag.plan")
        .pseudonymise("account", &key)
        .with_scrubber(Scrubber::default());
    let layer = whose::layer().with_policy(policy).unwrap();
    let lines = LogBuffer::default();
    let text = fmt::layer().with_ansi(false).with_writer(lines.clone());
    let subscriber = registry().with(layer).with(text.map_event_format(|format| {
        whose::fmt::attributed(format).with_before_line(|line| {
            line.add("tag.plan", "secret-plan");
            line.add("account", "a-17");
            line.add("note", "write to bob@example.com");
            true
        })
    }));
    tracing::subscriber::with_default(subscriber, log);
    let line = lines.take();
    for secret in ["secret-plan", "a-17", "bob@example.com"] {
        assert!(!line.contains(secret), "{line}");
    }
    assert!(
        line.contains(&key.pseudonym("a-17")) && line.contains("[email]"),
        "{line}"
    );
}

#[test]
fn panicking_or_logging_line_hook_leaves_the_line_without_ids() {
    let before = whose::stats().hook_panics;
    let lines = LogBuffer::default();
    let text = fmt::layer().with_ansi(false).with_writer(lines.clone());
    let subscriber = registry()
        .with(whose::layer())
        .with(text.map_event_format(|format| {
            whose::fmt::attributed(format).with_before_line(|line| {
                tracing::info!("from the line hook");
                line.add("half", "done");
                panic!("a hook that panics");
            })
        }));
    tracing::subscriber::with_default(subscriber, log);
    let text = lines.take();
    let line = text.lines().find(|line| line.contains("hello")).unwrap();
    assert!(!line.contains("alice") && !line.contains("half"), "{text}");
    assert!(whose::stats().hook_panics > before);
}
