//! The callbacks of the `tracing` layer: captures the attribution of a span at its creation, makes
//! the span a frame while it is entered, completes the attribution at its close, and delivers
//! finished records to the pipeline.

use tracing::span::{Attributes, Id, Record as Values};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::diagnostics::warnings;
use crate::frame::{RecordObserver, ScopeData};
use crate::layer::builder::Layer;
use crate::layer::core::LayerCore;
use crate::layer::fields::FieldReader;
use crate::layer::open_span::{OpenSpan, ParentContext, TracePosition};
use crate::layer::span_hint::SpanHint;
use crate::layer::span_table::SpanTable;
use crate::layer::{breadcrumbs, conflicts, errors, flags, links, log_crate, lookup, model_calls};
#[cfg(feature = "fmt")]
use crate::layer::{line_hooks, log_line};
use crate::names::attribution;
use crate::pipeline::{breadcrumb_hooks, Pipeline};
use crate::record::pool::{pooled, with_scratch};
use crate::record::{release, reset, Record, RecordHeader, RecordType, SpanContext};
use crate::resolve;
use crate::stack::{self, KnownSpan, Stack};
use crate::util::Moment;

impl Layer {
    fn spans(&self) -> &SpanTable {
        self.core.spans()
    }

    /// Calls `look` with the span around an event or a new span. Where a filter hides that span from
    /// the layer, `find` starts the search for the nearest known span. Returns the id of the span.
    fn around<'a, S>(
        &self,
        named: Option<&Id>,
        is_contextual: bool,
        ctx: &Context<'a, S>,
        find: impl FnOnce() -> Option<SpanRef<'a, S>>,
        look: impl FnMut(&mut OpenSpan),
    ) -> Option<u64>
    where
        S: Subscriber + LookupSpan<'a>,
    {
        let current = is_contextual.then(|| ctx.current_span());
        let current = current.as_ref().and_then(|span| span.id());
        self.spans().nearest(named.or(current)?, find, look)
    }

    /// The key of a span that no other span of the process has, also no later span with the same id.
    #[inline]
    fn known(&self, id: &Id) -> KnownSpan {
        let id = id.into_u64();
        KnownSpan {
            key: (self.core.number(), id),
            generation: self.spans().closed_beside(id),
        }
    }
}

impl<S> tracing_subscriber::Layer<S> for Layer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        lookup::note(dispatch, &self.core);
        self.core.set_dispatch(dispatch);
    }

    fn on_layer(&mut self, subscriber: &mut S) {
        let before: &dyn Subscriber = subscriber;
        if let Some(first) = before.downcast_ref::<Self>() {
            first.core.leader().take_over(&self.core);
        }
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        lookup::answer(metadata, &self.core);
        Interest::always()
    }

    fn on_new_span(&self, attrs: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let mark = SpanHint::take();
        if self.core.has_joined() {
            return;
        }
        let find = || ctx.span(id)?.parent();
        let mut around = ParentContext {
            may_record: !self.core.pipeline().is_idle() || RecordObserver::is_any(),
            ..ParentContext::default()
        };
        let mut is_adopted = false;
        // Written in place: a returned place is copied, which causes a store-forwarding stall.
        let begin = |open: &mut OpenSpan| {
            let position = open.begin_inside();
            around.place = position.place;
            is_adopted = position.is_adopted;
        };
        // Only records have a place in a trace.
        if around.may_record {
            around.parent = self.around(attrs.parent(), attrs.is_contextual(), &ctx, find, begin);
        }
        around.stack = self.core.stack_of(attrs.parent());
        let place = around.place;
        let parent = around
            .parent
            .map(|id| (id, TracePosition { place, is_adopted }));
        let mut open = OpenSpan::begin(attrs, mark, &mut around);
        self.core.adopt_parent(&mut open, parent);
        if let Some(stack) = open.first_entry() {
            stack::span_begins(self.known(id), stack);
        }
        self.spans().insert(id, open);
    }

    fn on_record(&self, id: &Id, values: &Values<'_>, ctx: Context<'_, S>) {
        if self.core.has_joined() {
            return;
        }
        let Some(metadata) = ctx.metadata(id) else {
            return;
        };
        with_scratch(|late| {
            let identity = FieldReader::read(late, metadata, |fields| values.record(fields));
            self.spans()
                .with(id.into_u64(), |open| open.record(late, identity));
        });
        warnings::flush_pending();
    }

    #[inline]
    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        if self.core.has_joined() {
            return;
        }
        self.core.adopt_trace_context_at_entry(id);
        let span = self.known(id);
        if stack::is_noop_entry(span) {
            return;
        }
        let conflict = self.spans().with(id.into_u64(), |open| {
            let conflict = resolve::enter_span(span, open.entry()?)?;
            Some((conflict, open.name(), open.call_site()))
        });
        if let Some((conflict, name, call_site)) = conflict.flatten() {
            conflicts::note(conflict, name, call_site);
        }
    }

    #[inline]
    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        // Also after the layer has joined another layer: this layer entered the span.
        stack::exit_span((self.core.number(), id.into_u64()), Pipeline::is_gone);
        if !self.core.has_joined() {
            warnings::flush_pending();
        }
    }

    #[cfg(feature = "fmt")]
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        if !self.core.has_joined() {
            log_line::note(event, &self.core);
        }
        true
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let metadata = event.metadata();
        #[cfg(feature = "fmt")]
        let event_key = line_hooks::key(event);
        let is_own = metadata.target() == warnings::TARGET || metadata.name() == attribution::TOLD;
        if self.core.has_joined() || is_own {
            return;
        }
        let find = || ctx.event_span(event);
        let mut position = TracePosition::default();
        let look = |open: &mut OpenSpan| position = open.position();
        let around = self.around(event.parent(), event.is_contextual(), &ctx, find, look);
        let circumstances = RecordHeader {
            record_type: RecordType::Event,
            metadata,
            start: Moment::now().unix_nanos(),
            place: SpanContext::default(),
        };
        let mut delivered = pooled();
        let record = reset(&mut delivered, circumstances);
        let explicit = FieldReader::read(record, metadata, |fields| event.record(fields));
        log_crate::normalize(record, metadata);
        let stack = self.core.stack_of(event.parent());
        let observers = stack::observers_of(stack.as_ref());
        let pipeline = self.core.pipeline();
        let crumbs = pipeline
            .breadcrumb_hooks
            .for_event(&record.level, record.target);
        if pipeline.is_idle() && observers.is_empty() && crumbs.is_none() {
            return release(delivered);
        }
        let outer = around.map(|id| (id, position));
        record.set_place(self.core.adopted_place(outer));
        attribute_event(record, explicit.as_deref(), stack.as_ref());
        if model_calls::is_call(record) {
            model_calls::add_agent_and_tool(record, self.spans(), around);
        }
        errors::promote(record, self.spans(), around, pipeline.backtraces());
        if record.record_type() == RecordType::Error {
            record.breadcrumbs = resolve::breadcrumbs_at(stack.as_ref());
            errors::add_flags(record, stack.as_ref());
        }
        if let Some(asked) = pipeline.flags().fields() {
            flags::fill_event(record, &asked, stack.as_ref());
        }
        let crumb = crumbs.map(|crumbs| (breadcrumb_hooks::of_event(record), crumbs));
        let is_delivered = pipeline.deliver(&mut delivered, &observers);
        #[cfg(feature = "fmt")]
        line_hooks::note(event_key);
        release(delivered);
        // Added last: an error is not part of its own history. Events of sinks become no
        // breadcrumbs.
        let crumb = crumb.filter(|_| is_delivered);
        if let Some(crumb) = crumb.and_then(|(crumb, crumbs)| crumbs.passed(crumb)) {
            breadcrumbs::add_event(stack, crumb);
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        let Some(mut open) = self.spans().remove(&id) else {
            return;
        };
        // The layer that has taken over records the span.
        if self.core.has_joined() {
            return;
        }
        self.spans().propagate(&mut open);
        let is_recorded = self.core.is_recorded(&open);
        if is_recorded {
            self.core.adopt_closing(&id, &mut open);
            open.close(Moment::now());
            self.deliver_closed(&id, &mut open);
        } else if LayerCore::keeps_closed_spans() {
            open.identify_late();
            self.core.keep_closed(&id, &mut open);
        }
        open.release();
    }
}

impl Layer {
    /// Delivers the record of a span that has ended.
    fn deliver_closed(&self, id: &Id, open: &mut OpenSpan) {
        let pipeline = self.core.pipeline();
        let is_read = LayerCore::keeps_closed_spans();
        // A hook or a policy changes the record.
        let is_changed = is_read && pipeline.processors().are_guarding();
        if is_changed {
            self.core.keep_copy_of_closed(id, open);
        }
        if model_calls::is_call(open.so_far()) {
            // The spans around this one are still open.
            let parent = open.parent;
            model_calls::add_agent_and_tool(open.record_mut(), self.spans(), parent);
        }
        if let Some(asked) = pipeline.flags().fields() {
            open.add_flags(&asked);
        }
        links::note_record(open.attribution(), open.outer_frames());
        let (record, observers) = open.record_and_observers();
        pipeline.deliver(record, observers);
        if is_read && !is_changed {
            self.core.keep_closed(id, open);
        }
        warnings::flush_pending();
    }
}

/// Resolves the attribution of an event, and notes an event without a user at its isolated scope.
fn attribute_event(record: &mut Record, explicit: Option<&ScopeData>, stack: Option<&Stack>) {
    let attribution = &mut record.attribution;
    match (explicit, stack) {
        // The events of one place share one attribution, which is cached.
        (None, None) => resolve::resolve_current_to(attribution),
        _ => {
            *attribution =
                stack::with_frames_of(stack, |frames| resolve::resolve(explicit, frames));
        }
    }
    if attribution.scope_id().is_some() {
        stack::with_frames_of(stack, |frames| links::note_record(attribution, frames));
    }
}
