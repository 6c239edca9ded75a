//! What happens to an open span after its creation: late fields, a failure, the end.

use crate::frame::epoch::epoch;
use crate::frame::ScopeData;
use crate::layer::flags;
#[cfg(feature = "tower")]
use crate::layer::open_span::End;
use crate::layer::open_span::{frame_of, OpenSpan};
use crate::model::Value;
use crate::pipeline::flag_settings::FlagField;
use crate::record::{Record, Status};
use crate::resolve;
use crate::stack::frames;
#[cfg(feature = "tower")]
use crate::util::CallSite;
use crate::util::Moment;

impl OpenSpan {
    /// Adds fields that are recorded after the creation of the span: the fields of `late`, and the
    /// identity that they set.
    pub(crate) fn record(&mut self, late: &mut Record, identity: Option<Box<ScopeData>>) {
        let record = self.record.get_mut();
        // One value for each field, however often a long span records its progress.
        for (name, value) in late.fields.drain(..) {
            match record.fields.iter_mut().find(|(key, _)| *key == name) {
                Some(field) => field.1 = value,
                None => record.fields.push((name, value)),
            }
        }
        if let Some(message) = late.message.get() {
            record.message.set(message);
        }
        record.error = late.error.take().or(record.error.take());
        let Some(late) = identity else { return };
        let (is_user, is_session) = (!late.user.is_unset(), late.session.is_some());
        let rare = self.cold.get_or_insert_default();
        let explicit = late.merged_over(rare.explicit.take().map(|before| *before));
        if let Some(span_identity) = &rare.span_identity {
            span_identity.set(frame_of(Some(&explicit), rare.metadata));
        }
        // Only the recorded identity changes. The rest stays as at the creation of the span.
        let now = resolve::resolve(Some(&explicit), frames(self.stack.stack()));
        let created = &mut record.attribution;
        if is_user {
            created.set_late_actors(now.chained_actors().to_vec());
            created.user = now.user;
            created.user_set_at = now.user_set_at;
        }
        if is_session {
            created.session = now.session;
            created.session_set_at = now.session_set_at;
        }
        let mut tags = explicit.tags.clone();
        tags.merge_missing(&created.tags);
        created.tags = tags;
        let conversation = explicit.data.as_ref().and_then(|data| data.conversation());
        if conversation.is_some() {
            let data = created.data.get_or_insert_default();
            data.set_conversation(conversation.cloned());
        }
        rare.explicit = Some(Box::new(explicit));
    }

    /// Adds the usage of a model call inside the span: the first call of a span names the model, and the
    /// tokens of all calls add up.
    pub(crate) fn add_usage(&mut self, call: &Record) {
        let usage = &mut self.record_mut().usage_inside;
        for (name, value) in &call.fields {
            match usage.iter_mut().find(|(known, _)| known == name) {
                Some((_, sum)) => {
                    if let (Some(before), Some(more)) = (sum.as_u64(), value.as_u64()) {
                        *sum = Value::from(before.saturating_add(more));
                    }
                }
                None => usage.push((*name, value.clone())),
            }
        }
    }

    pub(crate) fn fail(&mut self, message: &str) {
        self.record_mut().status = Status::Error;
        self.cold.get_or_insert_default().failure = Some(message.into());
    }

    /// Ends the work of the span: the close takes the duration and the status from here. A failure
    /// that was recorded inside stays one that the span around may pass on.
    #[cfg(feature = "tower")]
    pub(crate) fn end(&mut self, at: Moment, is_failed: bool, call_site: CallSite) {
        self.record_mut().call_site = Some(call_site);
        let end = &mut self.cold.get_or_insert_default().end;
        *end = end.or(Some(End { at, is_failed }));
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.record.status == Status::Error
    }

    /// Finishes the record.
    pub(crate) fn close(&mut self, now: Moment) {
        self.complete_place();
        self.record.set_duration(now.since(self.started_at));
        if self.cold.is_some() {
            self.close_cold();
        }
        self.identify_late();
    }

    /// Completes the attribution of a span that closes now.
    #[inline]
    pub(crate) fn identify_late(&mut self) {
        // Without a write since the creation, no scope can have been identified.
        if self.is_frame && self.epoch != epoch() {
            let attribution = self.record.attribution_mut();
            resolve::apply_late_identity(attribution, self.stack.stack(), self.epoch);
        }
    }

    /// Adds the failure, and an end before the close.
    fn close_cold(&mut self) {
        let Some(cold) = &mut self.cold else { return };
        let (failure, end) = (cold.failure.take(), cold.end.take());
        if let Some(failure) = failure {
            self.record_mut().message = failure.into();
        }
        if let Some(end) = end {
            self.record.set_duration(end.at.since(self.started_at));
            if end.is_failed {
                self.record_mut().status = Status::Error;
            }
        }
    }

    /// Adds the values of feature flags. The scopes around the close may be another request's.
    #[cold]
    pub(crate) fn add_flags(&mut self, asked: &[FlagField]) {
        let values = resolve::flag_values(frames(self.stack.shared()), None);
        flags::fill(self.record_mut(), asked, &values);
    }
}
