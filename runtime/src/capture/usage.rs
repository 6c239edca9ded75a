use std::fmt;
use std::panic::Location;

use tracing::dispatcher;

use crate::capture::attribute::{self, resolved};
use crate::diagnostics::truncate::truncate_bytes;
use crate::diagnostics::Limits;
use crate::frame::ScopeData;
use crate::layer;
use crate::model::{AsText, Source, Value};
use crate::record::{Record, RecordType};
use crate::util::{clock, CallSite};

/// Starts the report of one call of a language model.
///
/// Call [`record`](UsageReport::record) at the end: without it, nothing is recorded.
/// [`Record::model_usage`](crate::Record::model_usage) reads the numbers back.
///
/// ```
/// # let rec = whose::testing::Recorder::start();
/// whose::usage("gpt-4o-mini").input_tokens(1000).output_tokens(200).record();
/// # assert_eq!(rec.events()[0].model_usage().unwrap().input_tokens, 1000);
/// ```
#[track_caller]
pub fn usage(model: impl AsText) -> UsageReport {
    let mut report = UsageReport {
        fields: Vec::new(),
        call_site: Location::caller(),
    };
    report.text("gen_ai.request.model", &model);
    report
}

/// The report of one call of a language model; [`usage`] makes one.
///
/// `Debug` prints the call site and the number of fields, but none of their values.
#[must_use = "nothing is recorded until `.record()`"]
pub struct UsageReport {
    fields: Vec<(&'static str, Value)>,
    call_site: &'static Location<'static>,
}

impl UsageReport {
    /// Sets the number of input tokens.
    pub fn input_tokens(mut self, tokens: u64) -> Self {
        self.fields
            .push(("gen_ai.usage.input_tokens", tokens.into()));
        self
    }

    /// Sets the number of output tokens.
    pub fn output_tokens(mut self, tokens: u64) -> Self {
        self.fields
            .push(("gen_ai.usage.output_tokens", tokens.into()));
        self
    }

    /// Sets the provider of the model, such as `openai`. `None` sets nothing.
    pub fn provider(mut self, provider: impl AsText) -> Self {
        self.text("gen_ai.provider.name", &provider);
        self
    }

    /// Sets the exact model that responded, if the provider reports it. `None` sets nothing.
    pub fn response_model(mut self, model: impl AsText) -> Self {
        self.text("gen_ai.response.model", &model);
        self
    }

    /// Records the call, as an event with the current user.
    pub fn record(self) {
        let nothing = ScopeData::nothing(Source::Explicit);
        let is_heard = dispatcher::get_default(|dispatch| {
            let Some(core) = layer::core_of(dispatch) else {
                return false;
            };
            let (attribution, taps) = resolved(&nothing);
            let around = layer::nearest(dispatch, &core, dispatch.current_span().id());
            let place = core.spans().place(around);
            let record = Record {
                name: "gen_ai.usage",
                target: self.call_site.file(),
                call_site: Some(self.call_site.into()),
                attribution,
                fields: self.fields.clone(),
                ..Record::empty(RecordType::Event, clock::now(), place)
            };
            core.pipeline().deliver(&mut record.into(), &taps);
            true
        });
        // Warn outside the call of the layer, because no event gets through inside.
        if !is_heard {
            attribute::unheard(self.call_site);
        }
    }

    fn text(&mut self, name: &'static str, text: &impl AsText) {
        if let Some(text) = text.as_text() {
            self.fields.push((
                name,
                Value::from(truncate_bytes(&text, Limits::FIELD_BYTES)),
            ));
        }
    }
}

impl fmt::Debug for UsageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsageReport")
            .field("call_site", &CallSite::from(self.call_site))
            .field("fields", &self.fields.len())
            .finish_non_exhaustive()
    }
}
