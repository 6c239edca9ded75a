//! Events that a public builder records.

use std::panic::Location;

use tracing::dispatcher;

use crate::capture::attribute::{self, resolved};
use crate::frame::ScopeData;
use crate::layer;
use crate::model::{Attribution, Value};
use crate::record::{Record, RecordType, SpanContext};
use crate::util::clock;

/// An event with the attribution of the calling code.
pub(super) struct BuiltEvent {
    pub(super) name: &'static str,
    pub(super) call_site: &'static Location<'static>,
    pub(super) explicit: ScopeData,
    pub(super) fields: Vec<(&'static str, Value)>,
    /// The span that the event is about; `None` for the current span.
    pub(super) about: Option<SpanContext>,
    /// Whose event it is; `None` for the user and the session of the calling code.
    pub(super) owner: Option<Box<Attribution>>,
}

impl BuiltEvent {
    /// Records the event, and returns the span that it is about. Warns once for each call site if no
    /// layer receives the event.
    pub(super) fn record(mut self) -> Option<SpanContext> {
        let call_site = self.call_site;
        let heard = dispatcher::get_default(|dispatch| {
            let core = layer::core_of(dispatch)?;
            let (mut attribution, observers) = resolved(&self.explicit);
            if let Some(owner) = self.owner.take() {
                attribution.belong_to(*owner);
            }
            let around = layer::nearest(dispatch, &core, dispatch.current_span().id());
            let place = self.about.unwrap_or_else(|| core.spans().place(around));
            let mut record = Record {
                name: self.name,
                target: call_site.file(),
                call_site: Some(call_site.into()),
                attribution,
                fields: self.fields.clone(),
                ..Record::empty(RecordType::Event, clock::now(), place)
            };
            if layer::is_call(&record) {
                core.note_usage(around, &record);
                layer::add_agent_and_tool(&mut record, core.spans(), around);
            }
            core.pipeline().deliver(&mut record.into(), &observers);
            Some(place)
        });
        // Warn outside the call of the layer, because no event gets through inside.
        if heard.is_none() {
            attribute::unheard(call_site);
        }
        heard
    }
}
