use std::fmt;
use std::panic::Location;

use crate::capture::event::BuiltEvent;
use crate::diagnostics::truncate::truncate_bytes;
use crate::diagnostics::Limits;
use crate::frame::ScopeData;
use crate::model::{AsText, Source, Value};
use crate::names::{gen_ai, WireName};
use crate::record::{input_excludes_cached, TokenCounts};
use crate::util::CallSite;

/// Starts the report of one call of a language model.
///
/// Call [`record`](UsageReport::record) at the end: without it, nothing is recorded.
/// [`Record::model_usage`](crate::Record::model_usage) reads the numbers back.
///
/// ```
/// # let rec = whose::testing::Recorder::start();
/// whose::usage("gpt-4o-mini").input_tokens(1000).output_tokens(200).record();
/// # assert_eq!(rec.events()[0].model_usage().unwrap().tokens.input, 1000);
/// ```
#[track_caller]
pub fn usage(model: impl AsText) -> UsageReport {
    let mut report = UsageReport {
        texts: Vec::new(),
        input: None,
        output: None,
        tokens: TokenCounts::default(),
        call_site: Location::caller(),
    };
    report.text(gen_ai::REQUEST_MODEL, &model);
    report
}

/// The report of one call of a language model; [`usage`] makes one.
///
/// `Debug` prints the call site and the number of fields, but none of their values.
#[must_use = "nothing is recorded until `.record()`"]
pub struct UsageReport {
    texts: Vec<(&'static str, Value)>,
    input: Option<u64>,
    output: Option<u64>,
    tokens: TokenCounts,
    call_site: &'static Location<'static>,
}

macro_rules! parts {
    ($($(#[$doc:meta])* $method:ident, $part:ident;)*) => {$(
        $(#[$doc])*
        pub fn $method(mut self, tokens: u64) -> Self {
            self.tokens.$part = tokens;
            self
        }
    )*};
}

impl UsageReport {
    /// Sets the number of input tokens, as the provider reported it.
    ///
    /// Most providers include the cached tokens. Set the [`provider`](Self::provider) of one that
    /// reports them apart, such as Anthropic: the record then gets the sum. See
    /// [`input_excludes_cached`](crate::input_excludes_cached).
    ///
    /// ```
    /// # let rec = whose::testing::Recorder::start();
    /// whose::usage("claude-sonnet-4-6")
    ///     .provider("anthropic")
    ///     .input_tokens(5) // `usage.input_tokens` of the response
    ///     .cache_read_tokens(1_000) // `usage.cache_read_input_tokens`
    ///     .output_tokens(200)
    ///     .record();
    /// # assert_eq!(rec.events()[0].model_usage().unwrap().tokens.input, 1_005);
    /// ```
    pub fn input_tokens(mut self, tokens: u64) -> Self {
        self.input = Some(tokens);
        self
    }

    /// Sets the number of output tokens, with the reasoning tokens.
    ///
    /// Add the reasoning tokens of a provider that reports them apart, such as Gemini
    /// (`thoughtsTokenCount`).
    pub fn output_tokens(mut self, tokens: u64) -> Self {
        self.output = Some(tokens);
        self
    }

    parts! {
        /// Sets the number of input tokens that were read from a cache.
        cache_read_tokens, cache_read;
        /// Sets the number of input tokens that were written to a cache, whatever the time that they
        /// are kept.
        cache_write_tokens, cache_write;
        /// Sets the part of the cache writes that the provider keeps for an hour.
        cache_write_1h_tokens, cache_write_1h;
        /// Sets the part of the output tokens that the model used for reasoning.
        reasoning_tokens, reasoning;
        /// Sets the part of the input tokens that is audio and was not read from a cache.
        audio_input_tokens, audio_input;
        /// Sets the part of the output tokens that is audio.
        audio_output_tokens, audio_output;
    }

    /// Sets the provider of the model, such as `openai`. `None` sets nothing.
    pub fn provider(mut self, provider: impl AsText) -> Self {
        self.text(gen_ai::PROVIDER, &provider);
        self
    }

    /// Sets the exact model that responded, if the provider reports it. `None` sets nothing.
    pub fn response_model(mut self, model: impl AsText) -> Self {
        self.text(gen_ai::RESPONSE_MODEL, &model);
        self
    }

    /// Sets the service tier that the provider billed, such as `batch`, `flex` or `priority`, if the
    /// provider reports it. `None` sets nothing.
    pub fn service_tier(mut self, tier: impl AsText) -> Self {
        self.text(gen_ai::SERVICE_TIER, &tier);
        self
    }

    /// The fields of the record.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        let provider = self.texts.iter().rev().find_map(|(name, value)| {
            let is_provider = *name == gen_ai::PROVIDER.name;
            is_provider.then(|| value.as_str()).flatten()
        });
        let reported = TokenCounts {
            input: self.input.unwrap_or(0),
            ..self.tokens
        };
        let total = match provider.is_some_and(input_excludes_cached) {
            true => reported.with_cache_added(),
            false => reported,
        };
        let parts = [
            (gen_ai::CACHE_READ_TOKENS, total.cache_read),
            (gen_ai::CACHE_WRITE_TOKENS, total.cache_writes()),
            (gen_ai::CACHE_WRITE_1H_TOKENS, total.cache_write_1h),
            (gen_ai::REASONING_TOKENS, total.reasoning),
            (gen_ai::AUDIO_INPUT_TOKENS, total.audio_input),
            (gen_ai::AUDIO_OUTPUT_TOKENS, total.audio_output),
        ];
        let totals = [
            (gen_ai::INPUT_TOKENS, self.input.map(|_| total.input)),
            (gen_ai::OUTPUT_TOKENS, self.output),
        ];
        let parts = parts.map(|(name, count)| (name, (count > 0).then_some(count)));
        let counts = totals.into_iter().chain(parts);
        let counts = counts.filter_map(|(name, count)| Some((name.name, count?.into())));
        self.texts.iter().cloned().chain(counts).collect()
    }

    /// Records the call, as an event with the current user.
    pub fn record(self) {
        let event = BuiltEvent {
            name: gen_ai::USAGE_EVENT,
            call_site: self.call_site,
            explicit: ScopeData::empty(Source::Explicit),
            fields: self.fields(),
            about: None,
            owner: None,
        };
        event.record();
    }

    fn text(&mut self, name: WireName, text: &impl AsText) {
        if let Some(text) = text.as_text() {
            self.texts.push((
                name.name,
                Value::from(truncate_bytes(&text, Limits::FIELD_BYTES)),
            ));
        }
    }
}

impl fmt::Debug for UsageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsageReport")
            .field("call_site", &CallSite::from(self.call_site))
            .field("fields", &self.fields().len())
            .finish_non_exhaustive()
    }
}
