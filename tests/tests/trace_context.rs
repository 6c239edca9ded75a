//! Records carry the trace ids and span ids of another tool that exports the same spans.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tracing::span::{Attributes, Id};
use tracing::{Dispatch, Span, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::{Layer, prelude::*, registry::LookupSpan};
use whose::testing::Recorder;
use whose::{Record, SpanAttributions, SpanId, TraceContext, TraceId};

/// A tool that numbers traces and spans, and that learns of a remote trace after the creation of a
/// span, as a propagator does.
#[derive(Clone, Default)]
struct Tool {
    attributions: SpanAttributions,
    spans: Arc<Mutex<HashMap<u64, Numbered>>>,
}

#[derive(Clone, Copy)]
struct Numbered {
    trace: u8,
    span: u8,
    was_asked: u32,
}

fn ids(trace: u8, span: u8) -> (TraceId, SpanId) {
    let (trace_id, span_id) = ([trace; 16], [span; 8]);
    (TraceId::from_bytes(trace_id), SpanId::from_bytes(span_id))
}

impl Tool {
    /// Moves an open span to another trace.
    fn set_remote_trace(&self, span: &Span, trace: u8) {
        let id = span.id().unwrap().into_u64();
        let mut spans = self.spans.lock().unwrap();
        let known = spans.get_mut(&id).unwrap();
        assert_eq!(known.was_asked, 0, "the tool was asked too early");
        known.trace = trace;
    }
}

struct Ids(Arc<Mutex<HashMap<u64, Numbered>>>);

impl TraceContext for Ids {
    fn span_context(&self, id: &Id, _: &Dispatch) -> Option<(TraceId, SpanId)> {
        let mut spans = self.0.lock().unwrap();
        let known = spans.get_mut(&id.into_u64())?;
        known.was_asked += 1;
        assert_eq!(known.was_asked, 1, "the tool was asked twice");
        Some(ids(known.trace, known.span))
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Tool {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.attributions.register(dispatch);
        self.attributions.set_trace_context(Ids(self.spans.clone()));
    }

    fn on_new_span(&self, attrs: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        if attrs.metadata().name() == "hidden" {
            return;
        }
        let parent = ctx.span(id).unwrap().parent().map(|span| span.id());
        let mut spans = self.spans.lock().unwrap();
        let trace = parent.and_then(|parent| Some(spans.get(&parent.into_u64())?.trace));
        let span = u8::try_from(spans.len() + 1).unwrap();
        let numbered = Numbered {
            trace: trace.unwrap_or(100 + span),
            span,
            was_asked: 0,
        };
        spans.insert(id.into_u64(), numbered);
    }
}

fn with_tool(f: impl FnOnce(&Tool, &Recorder)) {
    let tool = Tool::default();
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(tool.clone());
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        f(&tool, &rec);
    });
}

fn ids_of(record: &Record) -> Option<(TraceId, SpanId)> {
    record.trace_id().zip(record.span_id())
}

#[test]
fn spans_and_events_carry_the_ids_of_the_tool() {
    with_tool(|tool, rec| {
        let request = tracing::info_span!("request");
        tool.set_remote_trace(&request, 7);
        request.in_scope(|| {
            tracing::info!("inside");
            tracing::info_span!("query").in_scope(|| whose::capture_message("slow"));
        });
        drop(request);
        assert_eq!(ids_of(&rec.span("request")), Some(ids(7, 1)));
        assert_eq!(ids_of(&rec.span("query")), Some(ids(7, 2)));
        assert_eq!(rec.span("query").parent_id(), Some(ids(7, 1).1));
        let event = &rec.events()[0];
        assert_eq!(event.trace_id(), Some(ids(7, 1).0));
        assert_eq!(event.parent_id(), Some(ids(7, 1).1));
        let error = &rec.errors()[0];
        assert_eq!(error.trace_id(), Some(ids(7, 1).0));
        assert_eq!(error.parent_id(), Some(ids(7, 2).1));
    });
}

#[test]
fn span_that_is_never_entered_carries_the_ids_of_the_tool() {
    with_tool(|tool, rec| {
        let parent = tracing::info_span!("parent");
        tool.set_remote_trace(&parent, 9);
        let child = tracing::info_span!(parent: &parent, "child");
        tracing::info!(parent: &child, "of the child");
        drop((child, parent));
        assert_eq!(ids_of(&rec.span("parent")), Some(ids(9, 1)));
        assert_eq!(ids_of(&rec.span("child")), Some(ids(9, 2)));
        assert_eq!(rec.span("child").parent_id(), Some(ids(9, 1).1));
        assert_eq!(rec.events()[0].parent_id(), Some(ids(9, 2).1));
    });
}

#[test]
fn span_that_the_tool_does_not_know_stays_in_the_trace_around() {
    with_tool(|_, rec| {
        tracing::info_span!("request").in_scope(|| {
            tracing::info_span!("hidden").in_scope(|| tracing::info!("inside"));
        });
        let (request, hidden) = (rec.span("request"), rec.span("hidden"));
        assert_eq!(ids_of(&request), Some(ids(101, 1)));
        assert_eq!(hidden.trace_id(), request.trace_id());
        assert_eq!(hidden.parent_id(), request.span_id());
        assert_eq!(rec.events()[0].parent_id(), hidden.span_id());
    });
}

#[test]
fn panic_of_the_tool_costs_only_its_ids() {
    struct Panics;

    impl TraceContext for Panics {
        fn span_context(&self, _: &Id, _: &Dispatch) -> Option<(TraceId, SpanId)> {
            panic!("the tool is broken");
        }
    }

    #[derive(Default)]
    struct Broken(SpanAttributions);

    impl<S: Subscriber> Layer<S> for Broken {
        fn on_register_dispatch(&self, dispatch: &Dispatch) {
            self.0.register(dispatch);
            self.0.set_trace_context(Panics);
        }
    }

    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(Broken::default());
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        whose::user("alice").in_scope(|| tracing::info_span!("pay").in_scope(|| ()));
        let span = rec.span("pay");
        assert_eq!(span.user_id(), Some("alice"));
        assert!(ids_of(&span).is_some());
    });
}

#[test]
fn spans_opened_before_the_first_sink_carry_the_ids_of_the_tool() {
    let tool = Tool::default();
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(tool.clone());
    tracing::subscriber::with_default(subscriber, || {
        let parent = tracing::info_span!("parent");
        tool.set_remote_trace(&parent, 9);
        let child = tracing::info_span!(parent: &parent, "child");
        let no_record_needs_ids = tool
            .spans
            .lock()
            .unwrap()
            .values()
            .all(|it| it.was_asked == 0);
        assert!(no_record_needs_ids);

        let rec = Recorder::global();
        drop(child);
        tracing::info!(parent: &parent, "of the parent");
        drop(parent);
        // Its parent is known only if a recorder of another test was active meanwhile: alone, a span
        // from before the first receiver is a root (`late_receivers.rs`).
        assert_eq!(ids_of(&rec.span("child")), Some(ids(9, 2)));
        assert_eq!(ids_of(&rec.span("parent")), Some(ids(9, 1)));
        assert_eq!(rec.events()[0].parent_id(), Some(ids(9, 1).1));
    });
}
