//! Feature flags: errors carry the last evaluations around them, and other records carry flags only where
//! the layer asks for them.

use std::panic;

use tokio::task::{JoinSet, yield_now};
use tracing_subscriber::prelude::*;
use whose::testing::{Recorder, isolate_global};
use whose::{Layer, Limits, Policy, Record, Scope, ScopeExt, Scrubber, Value};
use whose_tests::memory_sink::MemorySink;
use whose_tests::runtimes::{many_threads, one_thread};

/// The flags of a record, as `key=value`.
fn flags(record: &Record) -> Vec<String> {
    let flags = record.flags();
    flags.map(|(key, value)| format!("{key}={value}")).collect()
}

fn fail() {
    whose::capture_error(&std::io::Error::other("declined"));
}

/// Runs `work` with the layer, and returns the records of `work`.
fn recorded(layer: Layer, work: impl FnOnce()) -> Recorder {
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        work();
        rec
    })
}

#[test]
fn error_carries_each_flag_once_with_its_last_value() {
    let rec = Recorder::start();
    whose::flag("a", true);
    whose::flag("b", "green");
    whose::flag("c", 3);
    whose::flag("a", false);
    whose::flag("d", None::<bool>);
    whose::flag("", true);
    fail();
    tracing::error!(error = "no route", "failed");
    let line = serde_json::to_value(&rec.errors()[0]).unwrap();
    assert_eq!(line["flags"][0]["key"], "b");
    assert_eq!(line["flags"][2]["value"], false);
    for error in rec.errors() {
        assert_eq!(flags(&error), ["b=green", "c=3", "a=false"]);
    }
    tracing::info!("hello");
    let event = &rec.events()[0];
    assert_eq!((event.flags().count(), event.fields().count()), (0, 0));
}

#[test]
fn panic_and_failed_function_carry_flags() {
    #[whose::trace(err)]
    fn pay() -> Result<(), std::io::Error> {
        whose::flag("inside", true);
        Err(std::io::Error::other("declined"))
    }
    panic::set_hook(Box::new(|_| {}));
    whose::panic::install();
    let rec = Recorder::start();
    whose::flag("outside", true);
    pay().unwrap_err();
    let _ = panic::catch_unwind(|| panic!("overflow"));
    let errors = rec.errors();
    assert_eq!(errors.len(), 2);
    for error in &errors {
        assert_eq!(flags(error), ["outside=true", "inside=true"]);
    }
}

#[test]
fn only_the_newest_keys_stay() {
    let rec = Recorder::start();
    for number in 0..Limits::FLAGS + 20 {
        whose::flag(format!("f{number}"), number as u64);
        whose::flag("f0", number as u64);
    }
    fail();
    let error = &rec.errors()[0];
    let keys: Vec<_> = error.flags().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), Limits::FLAGS);
    assert_eq!((keys[0], keys[99]), ("f21", "f0"));
    assert_eq!(error.flags().last().unwrap().1, &Value::Int(119));
}

#[test]
fn nested_scopes_add_up_and_the_inner_value_wins() {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::global().flag("process", 1);
    whose::global().flag("both", "process");
    whose::flag("outer", 1);
    whose::flag("both", "outer");
    Scope::isolated().in_scope(|| {
        whose::flag("both", "inner");
        whose::user("alice").in_scope(fail);
    });
    whose::flag("later", 1);
    fail();
    let errors = rec.errors();
    assert_eq!(flags(&errors[0]), ["process=1", "outer=1", "both=inner"]);
    let outer = ["process=1", "outer=1", "both=outer", "later=1"];
    assert_eq!(flags(&errors[1]), outer);
}

#[test]
fn newest_keys_of_all_scopes_are_kept() {
    let rec = Recorder::start();
    for number in 0..Limits::FLAGS {
        whose::flag(format!("outer{number}"), true);
    }
    Scope::isolated().in_scope(|| {
        (0..10).for_each(|number| whose::flag(format!("inner{number}"), true));
        fail();
    });
    let errors = rec.errors();
    let keys: Vec<_> = errors[0].flags().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), Limits::FLAGS);
    assert_eq!((keys[0], keys[90]), ("outer10", "inner0"));
}

#[test]
fn clones_and_handles_of_a_scope_share_its_flags() {
    let rec = Recorder::start();
    let scope = Scope::isolated();
    let handle = scope.clone().in_scope(|| {
        whose::flag("clone", 1);
        whose::isolation().unwrap()
    });
    std::thread::spawn(move || handle.flag("handle", 2))
        .join()
        .unwrap();
    let span = scope.clone().in_scope(|| tracing::info_span!("carried"));
    scope.in_scope(fail);
    let captured = span.in_scope(Scope::current);
    captured.in_scope(fail);
    for error in rec.errors() {
        assert_eq!(flags(&error), ["clone=1", "handle=2"]);
    }
    assert_eq!(rec.errors().len(), 2);
}

#[test]
fn flags_survive_a_deep_stack() {
    let rec = Recorder::start();
    whose::flag("outer", true);
    fn nest(depth: u32) {
        if depth == 0 {
            whose::flag("inner", true);
            return Scope::current().in_scope(fail);
        }
        whose::tag(format!("t{depth}"), depth).in_scope(|| nest(depth - 1));
    }
    nest(40);
    assert_eq!(flags(&rec.errors()[0]), ["outer=true", "inner=true"]);
}

/// One task: evaluates flags of its own between yields, and fails twice.
async fn task(number: usize) {
    whose::set_user(number);
    whose::flag("own", number as u64);
    whose::flag(format!("only{number}"), true);
    yield_now().await;
    tracing::info_span!("pay").in_scope(fail);
    yield_now().await;
    whose::flag("own", format!("again{number}"));
    yield_now().await;
    fail();
}

#[test]
fn interleaved_tasks_see_their_own_flags_alone() {
    for runtime in [one_thread(), many_threads()] {
        let rec = Recorder::start();
        let all = async {
            let mut tasks = JoinSet::new();
            for number in 0..50 {
                // A scope inside the recorder's, which has no flags.
                let scoped = task(number).with_scope(Scope::isolated());
                tasks.spawn(scoped.with_current_scope());
            }
            tasks.join_all().await
        };
        runtime.block_on(all.with_current_scope());
        let errors = rec.errors();
        assert_eq!(errors.len(), 100);
        let mut again = 0;
        for error in &errors {
            let user = error.user_id().unwrap();
            let only = format!("only{user}=true");
            let first = vec![format!("own={user}"), only.clone()];
            let second = vec![only, format!("own=again{user}")];
            again += usize::from(flags(error) == second);
            assert!(
                [first, second].contains(&flags(error)),
                "{user}: {:?}",
                flags(error)
            );
        }
        assert_eq!(again, 50);
    }
}

#[test]
fn long_key_and_value_are_truncated_and_counted() {
    let bare = Recorder::start();
    fail();
    let bare = bare.errors()[0].memory_size();
    let rec = Recorder::start();
    let before = whose::stats().truncated_values();
    whose::flag("k".repeat(1_000), "v".repeat(1_000));
    assert!(whose::stats().truncated_values() >= before + 2);
    fail();
    let errors = rec.errors();
    let (key, value) = errors[0].flags().next().unwrap();
    assert_eq!(key.len(), Limits::FLAG_BYTES);
    assert_eq!(value.as_str().unwrap().len(), Limits::FLAG_BYTES);
    assert!(errors[0].memory_size() > bare + 2 * Limits::FLAG_BYTES);
}

#[test]
fn debug_shows_the_number_of_flags_alone() {
    let rec = Recorder::start();
    whose::flag("hidden-key", "hidden-value");
    fail();
    let handle = whose::isolation().unwrap();
    let shown = format!("{:?} {handle:?}", rec.errors()[0]);
    assert!(!shown.contains("hidden"), "{shown}");
    assert!(
        shown.contains("flags: 1") && shown.contains("flags: Flags(1)"),
        "{shown}"
    );
}

#[test]
fn policy_treats_a_flag_wherever_its_value_is() {
    let policy = Policy::new()
        .drop("flag.evaluation.secret")
        .mask("flag.evaluation.half*")
        .with_scrubber(Scrubber::default());
    let layer = whose::layer()
        .with_flags(["secret", "half", "open", "mail"])
        .with_flag_events(true);
    let rec = recorded(layer.with_policy(policy).unwrap(), || {
        whose::flag("secret", "trial");
        whose::flag("half", "trial");
        whose::flag("open", "trial");
        whose::flag("mail", "of alice@example.com");
        tracing::info!("hello");
        fail();
        // The scope keeps its own values.
        whose::flag("secret", "trial");
    });
    let error = &rec.errors()[0];
    let kept: Vec<_> = error.flags().map(|(key, _)| key).collect();
    assert_eq!(kept, ["half", "open", "mail"]);
    let events = rec.events();
    assert_eq!(events.len(), 5);
    let texts = rec.events().into_iter().chain(rec.errors());
    for record in texts {
        let line = serde_json::to_string(&record).unwrap();
        assert!(!line.contains("alice@example.com"), "{line}");
    }
    let variant = |at: usize| events[at].field("feature_flag.result.variant");
    assert_eq!(variant(0), None);
    assert_ne!(variant(1).unwrap(), &"trial");
    assert_eq!(variant(2).unwrap(), &"trial");
    assert_eq!(events[4].field("flag.evaluation.secret"), None);
    assert_ne!(events[4].field("flag.evaluation.half").unwrap(), &"trial");
    assert_eq!(events[4].field("flag.evaluation.open").unwrap(), &"trial");
}

#[test]
fn policy_that_drops_everything_leaves_no_flag() {
    let layer = whose::layer().with_flags(["a"]);
    let rec = recorded(layer.with_policy(Policy::new().drop("*")).unwrap(), || {
        whose::flag("a", "x");
        tracing::info!("hello");
        fail();
    });
    assert_eq!(rec.errors()[0].flags().count(), 0);
    assert_eq!(rec.events()[0].field("flag.evaluation.a"), None);
}

#[test]
fn hook_can_remove_flags() {
    let layer = whose::layer().with_before_record(|record| {
        record.remove_flags();
        true
    });
    let rec = recorded(layer, || {
        whose::flag("a", true);
        fail();
    });
    assert_eq!(rec.errors()[0].flags().count(), 0);
}

#[test]
fn records_carry_the_requested_flags_of_their_own_scope() {
    let name = "flag.evaluation.new_checkout";
    let layer = whose::layer().with_flags(["new_checkout", "new_checkout"]);
    let rec = recorded(layer, || {
        tracing::info!("before");
        let server = tracing::info_span!("server");
        server.in_scope(|| {
            whose::flag("new_checkout", true);
            whose::flag("other", true);
            tracing::info!("inside");
            tracing::info!({ "flag.evaluation.new_checkout" } = "own", "explicit");
        });
        // Another scope is current where the span closes.
        Scope::isolated().in_scope(|| {
            whose::flag("new_checkout", false);
            drop(server);
            tracing::info!("elsewhere");
        });
    });
    let server = rec.span("server");
    assert_eq!(server.field(name).unwrap().as_bool(), Some(true));
    assert_eq!(server.field("flag.evaluation.other"), None);
    let events = rec.events();
    let values = events
        .iter()
        .map(|event| event.field(name).map(ToString::to_string));
    let expected = [None, Some("true"), Some("own"), Some("false")];
    assert!(values.eq(expected.map(|value| value.map(str::to_owned))));
    assert_eq!(events[1].fields().count(), 1);
}

#[test]
fn span_outside_every_scope_takes_no_flag_of_the_request_that_closes_it() {
    let sink = MemorySink::default();
    let layer = whose::layer().with_flags(["new_checkout"]);
    let subscriber = tracing_subscriber::registry().with(layer.with_sink(sink.clone()));
    tracing::subscriber::with_default(subscriber, || {
        let pooled = tracing::info_span!("pooled");
        whose::user("alice").in_scope(|| {
            Scope::isolated().in_scope(|| {
                whose::flag("new_checkout", true);
                drop(pooled);
            });
        });
    });
    let span = sink.only();
    assert_eq!((span.name(), span.fields().count()), ("pooled", 0));
}

#[test]
fn each_new_value_makes_one_event_with_the_user() {
    let rec = recorded(whose::layer().with_flag_events(true), || {
        whose::user("alice").in_scope(|| {
            for value in [true, true, false] {
                whose::flag("new_checkout", value);
            }
        });
        whose::flag("button", "green");
        whose::isolation().unwrap().flag("quiet", true);
    });
    let events = rec.events();
    let field = |at: usize, name: &str| events[at].field(name).cloned();
    assert_eq!(events.len(), 3);
    for event in &events {
        assert_eq!(event.name(), "feature_flag.evaluation");
    }
    assert_eq!(events[1].user_id(), Some("alice"));
    assert_eq!(field(1, "feature_flag.key").unwrap(), "new_checkout");
    assert_eq!(field(1, "feature_flag.result.variant").unwrap(), "false");
    assert_eq!(
        field(1, "feature_flag.result.value"),
        Some(Value::Bool(false))
    );
    assert_eq!(field(2, "feature_flag.result.variant").unwrap(), "green");
    assert_eq!(field(2, "feature_flag.result.value"), None);
    assert!(
        events[2]
            .call_site()
            .unwrap()
            .file
            .ends_with("feature_flags.rs")
    );
}

#[test]
fn layer_that_joins_another_adds_its_flags() {
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer().with_flags(["a"]))
        .with(whose::layer().with_flags(["b"]).with_flag_events(true));
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        whose::flag("a", 1);
        whose::flag("b", 2);
        tracing::info!("hello");
        let events = rec.events();
        assert_eq!(events.len(), 3);
        assert_eq!(events[2].field("flag.evaluation.a"), Some(&Value::Int(1)));
        assert_eq!(events[2].field("flag.evaluation.b"), Some(&Value::Int(2)));
    });
}
