//! The `tracing` layer: captures whose a span is when it is created, makes it a frame while it is
//! entered, settles it at its close, and hands finished records to the sinks.

mod core;
mod crumbs;
mod errors;
mod failures;
mod fields;
mod gate;
#[cfg(feature = "fmt")]
mod lines;
mod open;
mod required;
mod settings;
mod sinks;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tracing::span::{Attributes, Id, Record as Values};
use tracing::{dispatcher, Dispatch, Event, Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

pub(crate) use self::core::Core;
pub(crate) use self::errors::{resolved_in, stack_in};
pub(crate) use self::failures::{fail, here, remember, Failure, Failures, Here};
pub(crate) use self::fields::{causes, printed, printed_id, Fields};
pub(crate) use self::gate::Gate;
#[cfg(feature = "fmt")]
pub(crate) use self::lines::protect_line;
pub(crate) use self::open::{Mark, OpenSpan};
pub use self::sinks::{sinks, SinkStats};
use crate::breadcrumb::{self, Breadcrumb};
use crate::diagnostics;

use crate::record::{Record, RecordSink, RecordType, SpanId, TraceId};
use crate::resolve;
use crate::stack::{self, frames, Frames, Stack};
use crate::testing::Tap;
use crate::write;

/// The layer to put on a `tracing_subscriber` registry, before any layer that exports.
///
/// ```
/// use tracing_subscriber::prelude::*;
/// # use std::sync::Arc;
/// # struct MySink;
/// # impl whose::RecordSink for MySink { fn record(&self, _: &Arc<whose::Record>) {} }
///
/// let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(MySink));
/// tracing::subscriber::with_default(subscriber, || {
///     whose::user("alice").in_scope(|| tracing::info!("this is Alice's"));
/// });
/// ```
#[must_use]
pub fn layer() -> Layer {
    Layer {
        core: Core::new(),
        role: Role::First,
    }
}

/// Attributes what passes through `tracing`; made by [`layer`].
///
/// Where a subscriber has one already, a second one joins it: its sinks go to the first, and each
/// of them gets each record once. Its hooks and its policy go there too, behind those that are
/// there, and hold for the sinks of both: a sink never gets more than either policy lets through.
#[derive(Debug)]
pub struct Layer {
    core: Arc<Core>,
    role: Role,
}

#[derive(Debug, PartialEq)]
enum Role {
    First,
    /// The sinks went to the layer that was there before.
    Joined,
}

impl Layer {
    /// Adds a sink that gets every finished record.
    #[must_use]
    pub fn with_sink(self, sink: impl RecordSink) -> Self {
        self.core.add_sink(Arc::new(sink));
        self
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }
}

/// What the hooks of the current layer make of a breadcrumb.
pub(crate) fn before_breadcrumb(breadcrumb: Breadcrumb) -> Option<Breadcrumb> {
    let settings =
        dispatcher::get_default(|dispatch| of(dispatch, |layer| layer.core.crumbs.get()));
    match settings {
        Some(settings) => settings.passed(breadcrumb),
        None => Some(breadcrumb),
    }
}

/// Calls `f` with the layer of a dispatcher, where it has one.
pub(crate) fn of<R>(dispatch: &Dispatch, f: impl FnOnce(&Layer) -> R) -> Option<R> {
    dispatch.downcast_ref::<Layer>().map(f)
}

/// The stack of a parent that is named, where it is a frame.
fn stack_of<'a, S: LookupSpan<'a>>(named_parent: Option<SpanRef<'a, S>>) -> Option<Stack> {
    named_parent.and_then(|parent| parent.extensions().get::<OpenSpan>()?.frame())
}

/// Calls `read` with the frames of an event with that parent: the parent's, where it is a frame,
/// else those that are current.
pub(crate) fn with_frames_under<'a, S: LookupSpan<'a>, R>(
    named_parent: Option<SpanRef<'a, S>>,
    read: impl Fn(Frames<'_>) -> R,
) -> R {
    with_frames_of(&stack_of(named_parent), read)
}

fn with_frames_of<R>(stack: &Option<Stack>, read: impl Fn(Frames<'_>) -> R) -> R {
    match stack {
        Some(stack) => read(frames(stack)),
        None => stack::with_frames(read),
    }
}

/// Where in a trace a place is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    pub(crate) trace_id: Option<TraceId>,
    pub(crate) span_id: Option<SpanId>,
}

/// Where the nearest span that the layer knows is: a filter may have kept some from it.
fn place_of<'a, S: LookupSpan<'a>>(span: SpanRef<'a, S>) -> Option<Place> {
    span.scope()
        .find_map(|span| span.extensions().get::<OpenSpan>().map(OpenSpan::place))
}

impl<S> tracing_subscriber::Layer<S> for Layer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_layer(&mut self, subscriber: &mut S) {
        let before: &dyn Subscriber = subscriber;
        if let Some(first) = before.downcast_ref::<Self>() {
            first.core.join(&self.core);
            self.core = first.core.clone();
            self.role = Role::Joined;
        }
    }

    fn on_new_span(&self, attrs: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let mark = Mark::take();
        if self.role == Role::Joined {
            return;
        }
        let Some(span) = ctx.span(id) else { return };
        let fields = Fields::split_of(attrs.metadata(), |fields| attrs.record(fields));
        let parent = span.parent();
        let place = parent.and_then(failures::begin_inside).unwrap_or_default();
        let named_parent = attrs.parent().and_then(|id| ctx.span(id));
        let stack = stack_of(named_parent).unwrap_or_else(stack::capture);
        span.extensions_mut()
            .replace(OpenSpan::new(attrs, fields, mark, place, stack));
    }

    fn on_record(&self, id: &Id, values: &Values<'_>, ctx: Context<'_, S>) {
        if self.role == Role::Joined {
            return;
        }
        let Some(span) = ctx.span(id) else { return };
        let fields = Fields::split_of(span.metadata(), |fields| values.record(fields));
        let mut extensions = span.extensions_mut();
        if let Some(open) = extensions.get_mut::<OpenSpan>() {
            open.record(fields);
        }
        drop(extensions);
        diagnostics::catch_up();
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        if self.role == Role::Joined {
            return;
        }
        let Some(span) = ctx.span(id) else { return };
        let extensions = span.extensions();
        if let Some((stack, carries)) = extensions.get::<OpenSpan>().and_then(OpenSpan::entry) {
            stack::enter_span(id.into_u64(), stack, carries);
        }
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        if self.role == Role::First {
            stack::exit_span(id.into_u64());
            diagnostics::catch_up();
        }
    }

    #[cfg(feature = "fmt")]
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        lines::note(event, &self.core);
        true
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        if self.role == Role::Joined || event.metadata().target() == diagnostics::TARGET {
            return;
        }
        let place = ctx.event_span(event).and_then(place_of).unwrap_or_default();
        let (explicit, mut fields) =
            Fields::split_of(event.metadata(), |fields| event.record(fields));
        let stack = stack_of(event.parent().and_then(|id| ctx.span(id)));
        let (attribution, taps) = with_frames_of(&stack, |frames| {
            (
                resolve::resolve(explicit.as_ref(), frames.clone()),
                Tap::all_on(frames),
            )
        });
        let metadata = event.metadata();
        let crumbs = self.core.crumbs.get();
        let is_crumb = crumbs.takes(metadata);
        if self.core.is_idle() && taps.is_empty() && !is_crumb {
            return;
        }
        let mut record = Record {
            message: fields.message.take(),
            error: fields.error.take(),
            fields: fields.values,
            attribution,
            ..blank(RecordType::Event, metadata, place)
        };
        errors::promote(
            &mut record,
            || ctx.event_span(event),
            self.core.backtraces(),
        );
        if record.record_type() == RecordType::Error {
            record.breadcrumbs = breadcrumb::around(stack.as_ref());
        }
        let crumb = is_crumb.then(|| crumbs::of_event(&record));
        let is_delivered = self.core.deliver(record, &taps);
        // Kept last: an error is not its own history. What a sink logs is nobody's.
        let crumb = crumb.filter(|_| is_delivered);
        if let Some(crumb) = crumb.and_then(|crumb| crumbs.passed(crumb)) {
            write::keep_at(stack, crumb);
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        if self.role == Role::Joined {
            return;
        }
        let Some(span) = ctx.span(&id) else { return };
        let Some(mut open) = span.extensions_mut().remove::<OpenSpan>() else {
            return;
        };
        failures::hand_on(&mut open, span.parent());
        let taps = open.taps();
        if self.core.is_idle() && taps.is_empty() {
            return;
        }
        self.core
            .deliver(open.close(span.metadata(), Instant::now()), &taps);
        diagnostics::catch_up();
    }
}

/// A record of which only the circumstances are known.
pub(crate) fn blank(
    record_type: RecordType,
    metadata: &'static Metadata<'static>,
    place: Place,
) -> Record {
    Record {
        name: metadata.name(),
        target: metadata.target(),
        level: *metadata.level(),
        call_site: metadata
            .file()
            .zip(metadata.line())
            .map(|(file, line)| crate::CallSite { file, line }),
        ..Record::empty(record_type, SystemTime::now(), place)
    }
}

/// Waits, at most `timeout` in all, until every sink has made safe what it took; says whether all
/// of them have.
///
/// ```
/// use std::time::Duration;
///
/// assert!(whose::flush(Duration::from_secs(2)));
/// ```
pub fn flush(timeout: Duration) -> bool {
    diagnostics::catch_up();
    Core::flush_all(timeout)
}
