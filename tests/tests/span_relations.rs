//! `parent`, `follows_from` and `agent` of a traced function, as layers see them.

use std::sync::{Arc, Mutex};

use tracing::span::{Attributes, Id};
use tracing::{Span, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use whose::testing::Recorder;

#[derive(Clone, Default)]
struct Relations(Arc<Mutex<Vec<Relation>>>);

/// A span, its relation to another span, and the other span.
type Relation = (String, &'static str, String);

impl Relations {
    fn take(&self) -> Vec<Relation> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn add<S>(&self, ctx: &Context<'_, S>, id: &Id, relation: &'static str, to: Option<&Id>)
    where
        S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    {
        let name = |id: &Id| ctx.span(id).unwrap().name().to_owned();
        let to = to.map_or_else(|| "-".to_owned(), name);
        self.0.lock().unwrap().push((name(id), relation, to));
    }
}

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Relations {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let parent = ctx.span(id).unwrap().parent().map(|parent| parent.id());
        self.add(&ctx, id, "child of", parent.as_ref());
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, ctx: Context<'_, S>) {
        self.add(&ctx, id, "follows", Some(follows));
    }
}

#[whose::trace(parent = parent)]
fn child(parent: &Span) -> Option<Id> {
    parent.id()
}

#[whose::trace(parent = parent, follows_from = [&cause, &parent])]
async fn owned(parent: Span, cause: Span) -> (Span, Span) {
    (parent, cause)
}

#[whose::trace(parent = None)]
fn root() {}

#[whose::trace(follows_from = cause)]
fn one(cause: &Span) {
    assert!(!cause.is_none());
}

#[whose::trace(follows_from = causes)]
fn many(causes: &[Option<Id>], n: usize) {
    assert_eq!(causes.len(), n);
}

#[whose::trace(follows_from = causes)]
fn vector(causes: Vec<Id>) -> Vec<Id> {
    causes
}

#[tokio::test]
async fn parents_and_causes_are_borrowed() {
    let relations = Relations::default();
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(relations.clone());
    let _default = tracing::subscriber::set_default(subscriber);
    let (a, b) = (info_span!("a"), info_span!("b"));
    let outer = info_span!("outer").entered();
    relations.take();
    let related = |name: &str, relation, to: &str| (name.to_owned(), relation, to.to_owned());

    assert_eq!(child(&a), a.id());
    assert_eq!(relations.take(), [related("child", "child of", "a")]);
    let (parent, cause) = owned(a.clone(), b.clone()).await;
    assert_eq!((parent.id(), cause.id()), (a.id(), b.id()));
    let of_owned = [
        related("owned", "child of", "a"),
        related("owned", "follows", "b"),
        related("owned", "follows", "a"),
    ];
    assert_eq!(relations.take(), of_owned);
    root();
    assert_eq!(relations.take(), [related("root", "child of", "-")]);
    one(&b);
    assert_eq!(
        relations.take(),
        [
            related("one", "child of", "outer"),
            related("one", "follows", "b")
        ]
    );
    many(&[a.id(), None, b.id()], 3);
    let of_many = [
        related("many", "child of", "outer"),
        related("many", "follows", "a"),
        related("many", "follows", "b"),
    ];
    assert_eq!(relations.take(), of_many);
    assert_eq!(vector(vec![b.id().unwrap()]).len(), 1);
    assert_eq!(relations.take()[1], related("vector", "follows", "b"));
    drop(outer);
}

#[whose::trace(agent = "planner", user_id = "alice")]
fn by_name() {}

#[whose::trace(agent = %name.0, kind = llm)]
fn by_display(name: &Name) -> String {
    name.0.to_string()
}

struct Name(std::net::Ipv4Addr);

#[test]
fn agent_name_uses_conventional_field() {
    let rec = Recorder::start();
    by_name();
    by_display(&Name([127, 0, 0, 1].into()));
    let span = rec.span("by_name");
    // The macros cannot import the name.
    let field = whose::names::gen_ai::AGENT.name;
    assert_eq!(span.field(field).unwrap(), &"planner");
    assert_eq!(
        (span.kind(), span.user_id()),
        (Some(whose::Kind::Agent), Some("alice"))
    );
    let span = rec.span("by_display");
    assert_eq!(span.field(field).unwrap(), &"127.0.0.1");
    assert_eq!(span.kind(), Some(whose::Kind::Llm));
}
