//! Another layer of the subscriber reads the attribution of each span and event.

use std::sync::{Arc, Mutex};

use tracing::span::{Attributes, Id, Record as Values};
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::{Layer, prelude::*, registry::LookupSpan, reload};
use whose::{Attribution, Policy, Scope, SpanAttributions, User};

type Seen = Arc<Mutex<Vec<(&'static str, Option<Attribution>)>>>;

/// A layer as the author of an exporter writes it.
#[derive(Clone, Default)]
struct Exporter {
    attributions: SpanAttributions,
    seen: Seen,
}

impl Exporter {
    fn note(&self, when: &'static str, attribution: Option<Attribution>) {
        self.seen.lock().unwrap().push((when, attribution));
    }

    fn note_span(&self, when: &'static str, id: &Id) {
        self.note(when, self.attributions.attribution_of(id));
    }

    /// The users that the layer has seen since the last call; `?` for an unknown span.
    fn users(&self) -> Vec<String> {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        let user = |attribution: Option<Attribution>| match attribution {
            Some(attribution) => attribution.user_id().unwrap_or("-").to_owned(),
            None => "?".to_owned(),
        };
        seen.into_iter()
            .map(|(when, attribution)| format!("{when} {}", user(attribution)))
            .collect()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Exporter {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.attributions.register(dispatch);
    }

    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        self.note_span("new", id);
    }

    fn on_record(&self, id: &Id, _: &Values<'_>, _: Context<'_, S>) {
        self.note_span("record", id);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let attribution = self.attributions.attribution_of_event(event);
        self.note("event", Some(attribution));
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.note_span("close", &id);
    }
}

/// Runs `f` in each order of the layers.
fn in_both_orders(f: impl Fn(&Exporter, bool)) {
    let exporter = Exporter::default();
    let after = tracing_subscriber::registry()
        .with(whose::layer())
        .with(exporter.clone());
    tracing::subscriber::with_default(after, || f(&exporter, true));
    let exporter = Exporter::default();
    let before = tracing_subscriber::registry()
        .with(exporter.clone())
        .with(whose::layer());
    tracing::subscriber::with_default(before, || f(&exporter, false));
}

#[test]
fn span_has_its_user_at_creation_record_and_close() {
    in_both_orders(|exporter, is_after| {
        whose::user("alice").in_scope(|| {
            let span = tracing::info_span!("pay", user.id = tracing::field::Empty, step = 0);
            span.record("step", 1);
            whose::user("bob").in_scope(|| drop(span));
        });
        let new = if is_after { "new alice" } else { "new ?" };
        assert_eq!(exporter.users(), [new, "record alice", "close alice"]);
    });
}

#[test]
fn recorded_user_counts_from_the_record_on() {
    in_both_orders(|exporter, is_after| {
        let span = tracing::info_span!("pay", user.id = tracing::field::Empty);
        span.record("user.id", "carol");
        drop(span);
        let seen = exporter.users();
        // A layer that sees the record before the layer of `whose` does knows no user yet.
        let expected = match is_after {
            true => ["new -", "record carol", "close carol"],
            false => ["new ?", "record -", "close carol"],
        };
        assert_eq!(seen, expected);
    });
}

#[test]
fn span_identified_late_has_the_user_at_its_close() {
    in_both_orders(|exporter, is_after| {
        Scope::isolated().in_scope(|| {
            let request = tracing::info_span!("request");
            request.in_scope(|| whose::set_user("alice"));
            whose::clear_user();
        });
        let new = if is_after { "new -" } else { "new ?" };
        assert_eq!(exporter.users(), [new, "close alice"]);
    });
}

#[test]
fn span_closed_on_another_thread_keeps_its_user() {
    in_both_orders(|exporter, _| {
        let span = whose::user("alice").in_scope(|| tracing::info_span!("never entered"));
        exporter.users();
        let other = whose::user("bob").in_scope(|| tracing::info_span!("other"));
        std::thread::scope(|scope| {
            scope.spawn(move || whose::user("eve").in_scope(|| drop(span)));
        });
        exporter.users();
        drop(other);
        assert_eq!(exporter.users(), ["close bob"]);
    });
}

#[test]
fn event_has_the_user_of_its_record() {
    in_both_orders(|exporter, _| {
        let parent = whose::user("carol").in_scope(|| tracing::info_span!("parent"));
        exporter.users();
        whose::user("alice").in_scope(|| {
            tracing::info!("current");
            tracing::info!(user.id = "bob", "explicit");
            tracing::info!(parent: &parent, "of the parent");
        });
        tracing::info!("nobody");
        let expected = ["event alice", "event bob", "event carol", "event -"];
        assert_eq!(exporter.users(), expected);
    });
}

#[test]
fn policy_applies_to_what_another_layer_reads() {
    let exporter = Exporter::default();
    let layer = whose::layer().with_policy(Policy::ids_only().drop("tag.secret"));
    let subscriber = tracing_subscriber::registry()
        .with(layer.unwrap())
        .with(exporter.clone());
    tracing::subscriber::with_default(subscriber, || {
        let alice = User::new("alice").with_email("alice@example.com");
        let scope = whose::user(alice).tag("secret", "s").tag("plan", "pro");
        scope.in_scope(|| {
            tracing::info_span!("pay").in_scope(|| tracing::info!("paid"));
        });
    });
    let seen = std::mem::take(&mut *exporter.seen.lock().unwrap());
    assert_eq!(seen.len(), 3);
    for (when, attribution) in seen {
        let attribution = attribution.unwrap();
        assert_eq!(attribution.user_id(), Some("alice"), "{when}");
        assert_eq!(attribution.user().unwrap().email(), None, "{when}");
        assert_eq!(attribution.tag("secret"), None, "{when}");
        assert_eq!(attribution.tag("plan"), Some("pro"), "{when}");
    }
}

#[test]
fn subscribers_with_equal_span_ids_keep_their_users_apart() {
    let subscribers = ["alice", "bob"].map(|user| {
        let exporter = Exporter::default();
        let subscriber = tracing_subscriber::registry()
            .with(whose::layer())
            .with(exporter.clone());
        (user, exporter, Dispatch::new(subscriber))
    });
    let spans = subscribers.each_ref().map(|(user, _, dispatch)| {
        tracing::dispatcher::with_default(dispatch, || {
            whose::user(*user).in_scope(|| tracing::info_span!("pay"))
        })
    });
    assert_eq!(spans[0].id(), spans[1].id(), "the case of the test");
    drop(spans);
    for (user, exporter, _) in &subscribers {
        let expected = [format!("new {user}"), format!("close {user}")];
        assert_eq!(exporter.users(), expected);
    }
}

#[test]
fn layer_inside_reload_is_found() {
    let exporter = Exporter::default();
    let (hidden, _handle) = reload::Layer::new(whose::layer());
    let subscriber = tracing_subscriber::registry()
        .with(hidden)
        .with(exporter.clone());
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| drop(tracing::info_span!("pay")));
    });
    assert_eq!(exporter.users(), ["new alice", "close alice"]);
}

#[test]
fn span_is_unknown_without_the_layer() {
    let exporter = Exporter::default();
    let subscriber = tracing_subscriber::registry().with(exporter.clone());
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| {
            tracing::info_span!("pay").in_scope(|| tracing::info!("paid"));
        });
    });
    assert_eq!(exporter.users(), ["new ?", "event alice", "close ?"]);
}

#[test]
fn anonymous_span_has_no_user_and_a_reason() {
    in_both_orders(|exporter, _| {
        whose::user("alice").in_scope(|| {
            whose::anonymous().in_scope(|| drop(tracing::info_span!("page")));
        });
        let seen = std::mem::take(&mut *exporter.seen.lock().unwrap());
        let at_close = seen.last().unwrap().1.clone().unwrap();
        assert!(at_close.is_anonymous());
        let mut names = Vec::new();
        at_close.visit_attributes(|name, _| names.push(name.to_owned()));
        assert_eq!(names, ["whose.unattributed"]);
    });
}

#[test]
fn usage_inside_a_span_is_read_at_its_close() {
    /// A tool that reads tokens from spans.
    #[derive(Clone, Default)]
    struct Tokens {
        attributions: SpanAttributions,
        closed: Arc<Mutex<Vec<String>>>,
    }

    impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Tokens {
        fn on_register_dispatch(&self, dispatch: &Dispatch) {
            self.attributions.register(dispatch);
        }

        fn on_close(&self, id: Id, _: Context<'_, S>) {
            let usage = self.attributions.usage_of(&id).into_iter();
            let usage: Vec<_> = usage
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            self.closed.lock().unwrap().push(usage.join(" "));
        }
    }

    let tokens = Tokens::default();
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(tokens.clone());
    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!("agent").in_scope(|| {
            tracing::info_span!("llm").in_scope(|| {
                whose::usage("gpt-4o-mini")
                    .input_tokens(10)
                    .output_tokens(3)
                    .record();
                whose::usage("gpt-4o-mini")
                    .input_tokens(5)
                    .output_tokens(1)
                    .record();
            });
        });
    });
    let closed = tokens.closed.lock().unwrap().clone();
    let llm = "gen_ai.request.model=gpt-4o-mini gen_ai.usage.input_tokens=15 \
               gen_ai.usage.output_tokens=4";
    assert_eq!(closed, [llm, ""]);
}

/// A layer whose `on_close` calls the function.
struct OnClose<F>(SpanAttributions, F);

impl<S, F> Layer<S> for OnClose<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    F: Fn(&SpanAttributions, &Id, &str) + 'static,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.0.register(dispatch);
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        (self.1)(&self.0, &id, ctx.metadata(&id).unwrap().name());
    }
}

/// The ids of the users that a layer after that of `whose` reads at the close of each span.
fn users_at_close(layer: whose::Layer, f: impl FnOnce()) -> Vec<String> {
    let users = Arc::new(Mutex::new(Vec::new()));
    let read = users.clone();
    let on_close = move |attributions: &SpanAttributions, id: &Id, name: &str| {
        let user = attributions.with_attribution(id, |it| it.user_id().map(str::to_owned));
        let user = user.flatten().unwrap_or_default();
        read.lock().unwrap().push(format!("{name} {user}"));
    };
    let subscriber = tracing_subscriber::registry()
        .with(layer)
        .with(OnClose(SpanAttributions::default(), on_close));
    tracing::subscriber::with_default(subscriber, f);
    users.lock().unwrap().clone()
}

struct Keep(Arc<Mutex<Vec<Arc<whose::Record>>>>);

impl whose::RecordSink for Keep {
    fn record(&self, record: &Arc<whose::Record>) {
        self.0.lock().unwrap().push(record.clone());
    }
}

/// Closes three spans of users, two of them in one another.
fn close_spans() {
    whose::user("alice").in_scope(|| {
        let _pay = tracing::info_span!("pay").entered();
        whose::user("bob").in_scope(|| drop(tracing::info_span!("query")));
    });
    whose::user("carol").in_scope(|| drop(tracing::info_span!("ship")));
}

const CLOSED: [&str; 3] = ["query bob", "pay alice", "ship carol"];

#[test]
fn record_that_a_sink_keeps_is_not_changed_by_later_spans() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let layer = whose::layer().with_sink(Keep(kept.clone()));
    assert_eq!(users_at_close(layer, close_spans), CLOSED);
    let kept = kept.lock().unwrap();
    let of_record = |record: &Arc<whose::Record>| {
        format!("{} {}", record.name(), record.user_id().unwrap_or_default())
    };
    assert_eq!(kept.iter().map(of_record).collect::<Vec<_>>(), CLOSED);
}

#[test]
fn hook_changes_the_record_and_not_what_another_layer_reads() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let layer = whose::layer()
        .with_before_record(|record| {
            record.remove_user();
            true
        })
        .with_sink(Keep(kept.clone()));
    assert_eq!(users_at_close(layer, close_spans), CLOSED);
    assert!(
        kept.lock()
            .unwrap()
            .iter()
            .all(|record| record.user_id().is_none())
    );
}

#[test]
fn span_closed_while_another_is_read_does_not_take_its_place() {
    let read = Arc::new(Mutex::new(Vec::new()));
    let seen = read.clone();
    let on_close = move |attributions: &SpanAttributions, id: &Id, name: &str| {
        if name == "outer" {
            let inside = || whose::user("bob").in_scope(|| drop(tracing::info_span!("inner")));
            attributions.with_attribution(id, |_| inside()).unwrap();
            let after = attributions.attribution_of(id).unwrap();
            seen.lock()
                .unwrap()
                .push(after.user_id().map(str::to_owned));
        }
    };
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(OnClose(SpanAttributions::default(), on_close));
    let dispatch = Dispatch::new(subscriber);
    tracing::dispatcher::with_default(&dispatch, || {
        whose::user("alice").in_scope(|| drop(tracing::info_span!("outer")));
    });
    assert_eq!(*read.lock().unwrap(), [Some("alice".to_owned())]);
}

#[test]
fn kind_that_a_field_states_is_read_without_a_sink() {
    let kinds = Arc::new(Mutex::new(Vec::new()));
    let seen = kinds.clone();
    let on_close = move |attributions: &SpanAttributions, id: &Id, _: &str| {
        seen.lock().unwrap().push(attributions.kind_of(id));
    };
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(OnClose(SpanAttributions::default(), on_close));
    tracing::subscriber::with_default(subscriber, || {
        drop(tracing::info_span!(
            "call",
            step = 1,
            gen_ai.operation.name = "chat"
        ));
        drop(tracing::info_span!("plain", step = 1));
        drop(tracing::info_span!(
            "tool",
            openinference.span.kind = "TOOL"
        ));
    });
    let (llm, tool) = (Some(whose::Kind::Llm), Some(whose::Kind::Tool));
    assert_eq!(*kinds.lock().unwrap(), [llm, None, tool]);
}
