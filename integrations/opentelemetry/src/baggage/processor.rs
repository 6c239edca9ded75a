//! Copies members of the baggage to spans and logs.

use std::time::Duration;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::logs::LogRecord;
use opentelemetry::trace::Span as _;
use opentelemetry::{Context, InstrumentationScope, Key, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use whose::names::attribution::is_attribution;

use crate::warn::Warning;

static IDENTITY: Warning = Warning::new();

/// Copies listed members of the baggage to each span when it starts, and to each log record.
///
/// Add the processor before those that export. Members of an identity, such as `user.id`, are refused
/// with a warning: anybody can send baggage, and the name means an authenticated user. Use
/// [`remote_scope`](crate::remote_scope) for peers that the application trusts.
///
/// ```
/// use opentelemetry_sdk::logs::SdkLoggerProvider;
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use whose_opentelemetry::BaggageProcessor;
///
/// let baggage = BaggageProcessor::new(["tenant.id"]);
/// let spans = SdkTracerProvider::builder().with_span_processor(baggage.clone()).build();
/// let logs = SdkLoggerProvider::builder().with_log_processor(baggage).build();
/// # let _ = (spans, logs);
/// ```
#[derive(Clone, Debug)]
pub struct BaggageProcessor {
    keys: Vec<Key>,
}

impl BaggageProcessor {
    /// Lists the members that are copied.
    #[must_use]
    pub fn new<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Self {
        let mut taken: Vec<Key> = Vec::new();
        for key in keys {
            let key = key.as_ref();
            if is_attribution(key) {
                IDENTITY.emit(|| {
                    format!(
                        "the member `{}` of the baggage is not copied, because the name belongs to a \
                         user who was authenticated here: use `remote_scope` for trusted peers",
                        key.escape_debug()
                    )
                });
            } else if taken.iter().all(|known| known.as_str() != key) {
                taken.push(Key::from(key.to_owned()));
            }
        }
        Self { keys: taken }
    }

    fn members<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = KeyValue> + 'a {
        let baggage = context.baggage();
        self.keys.iter().filter_map(|key| {
            let value = baggage.get(key)?;
            Some(KeyValue::new(key.clone(), value.clone()))
        })
    }
}

impl SpanProcessor for BaggageProcessor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        for member in self.members(context) {
            span.set_attribute(member);
        }
    }

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl LogProcessor for BaggageProcessor {
    fn emit(&self, record: &mut SdkLogRecord, _: &InstrumentationScope) {
        let context = Context::current();
        for KeyValue { key, value, .. } in self.members(&context) {
            record.add_attribute(key, value.as_str().into_owned());
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
