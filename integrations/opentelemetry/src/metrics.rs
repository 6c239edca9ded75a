//! Counts requests, errors, tokens and money.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, MeterProvider};
use whose::names::attribution::{USER_HASH, USER_ID};
use whose::names::gen_ai;
use whose::{Kind, ModelUsage, Record, RecordSink, RecordType, Status};

use crate::names::metric;
use crate::warn::Warning;

static NO_USERS: Warning = Warning::new();
static OVERFLOW: Warning = Warning::new();

/// The boundaries that the conventions recommend for tokens, and for the duration of a call.
const TOKENS: [f64; 14] = [
    1., 4., 16., 64., 256., 1024., 4096., 16384., 65536., 262144., 1048576., 4194304., 16777216.,
    67108864.,
];
const SECONDS: [f64; 14] = [
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];

type Cost = dyn Fn(&Record) -> Option<f64> + Send + Sync;

/// Makes a sink that counts requests, errors, tokens and money in OpenTelemetry's meters.
///
/// | instrument | unit | counts |
/// |---|---|---|
/// | `whose.requests` | | spans without a parent, with `whose.failed` |
/// | `whose.errors` | | errors |
/// | `gen_ai.client.token.usage` | `{token}` | tokens of model calls, with `gen_ai.token.type` |
/// | `gen_ai.client.operation.duration` | `s` | spans of model calls |
/// | `whose.usage.cost` | `USD` | money: see [`Metrics::with_cost`] |
/// | `whose.metrics.overflowed` | | records whose user is past the bound |
///
/// ```
/// use opentelemetry_sdk::metrics::SdkMeterProvider;
///
/// let provider = SdkMeterProvider::default();
/// let layer = whose::layer().with_sink(whose_opentelemetry::metrics(&provider));
/// # let _ = layer;
/// ```
#[must_use]
pub fn metrics(provider: &impl MeterProvider) -> Metrics {
    let meter = provider.meter(metric::METER);
    Metrics {
        requests: meter.u64_counter(metric::REQUESTS).build(),
        errors: meter.u64_counter(metric::ERRORS).build(),
        tokens: meter
            .u64_histogram(metric::TOKEN_USAGE)
            .with_unit("{token}")
            .with_boundaries(TOKENS.to_vec())
            .build(),
        duration: meter
            .f64_histogram(metric::OPERATION_DURATION)
            .with_unit("s")
            .with_boundaries(SECONDS.to_vec())
            .build(),
        money: meter.f64_counter(metric::COST).with_unit("USD").build(),
        overflows: meter.u64_counter(metric::OVERFLOWED).build(),
        cost: None,
        users: None,
        overflowed: Arc::default(),
    }
}

/// A sink that counts; [`metrics`](metrics()) makes one.
pub struct Metrics {
    requests: Counter<u64>,
    errors: Counter<u64>,
    tokens: Histogram<u64>,
    duration: Histogram<f64>,
    money: Counter<f64>,
    overflows: Counter<u64>,
    cost: Option<Box<Cost>>,
    users: Option<Users>,
    overflowed: Arc<AtomicU64>,
}

/// The users that have a dimension of their own.
struct Users {
    known: Mutex<HashSet<Box<str>>>,
    max: usize,
}

impl Metrics {
    /// Counts each of the first `max_users` users apart, in the attribute `user.id` (`user.hash` where a
    /// policy has replaced the id). Off by default: each user costs memory in the SDK and in the
    /// backend.
    ///
    /// Records of later users are counted together with `whose.overflow = true`, and how many there
    /// are is counted in `whose.metrics.overflowed` and in [`overflowed`](Self::overflowed). The SDK
    /// has a limit of its own, 2,000 sets of attributes for each instrument by default.
    #[must_use]
    pub fn with_user_dimension(mut self, max_users: usize) -> Self {
        if max_users == 0 {
            NO_USERS.emit(|| {
                "`with_user_dimension(0)` counts no user apart: give a number above zero, or leave the \
                 setting out"
                    .to_owned()
            });
            self.users = None;
            return self;
        }
        self.users = Some(Users {
            known: Mutex::default(),
            max: max_users,
        });
        self
    }

    /// Sets what a model call costs, in US dollars; `None` for a call without a known price. The table
    /// of prices of `whose-store` can answer.
    ///
    /// ```
    /// # use opentelemetry_sdk::metrics::SdkMeterProvider;
    /// let metrics = whose_opentelemetry::metrics(&SdkMeterProvider::default()).with_cost(|record| {
    ///     let usage = record.model_usage()?;
    ///     (usage.model == "my-model").then(|| usage.tokens.output as f64 * 0.000_01)
    /// });
    /// # let _ = metrics;
    /// ```
    #[must_use]
    pub fn with_cost(
        mut self,
        cost: impl Fn(&Record) -> Option<f64> + Send + Sync + 'static,
    ) -> Self {
        self.cost = Some(Box::new(cost));
        self
    }

    /// A counter of the records whose user is past the bound, which stays readable after the sink has
    /// moved into the layer.
    #[must_use]
    pub fn overflowed(&self) -> Arc<AtomicU64> {
        self.overflowed.clone()
    }

    /// The attribute of the user.
    fn user(&self, record: &Record) -> Option<KeyValue> {
        let users = self.users.as_ref()?;
        let (name, id) = match (record.user_id(), record.user_hash()) {
            (Some(id), _) => (USER_ID, id),
            (None, Some(hash)) => (USER_HASH, hash),
            (None, None) => return None,
        };
        if users.has_room_for(id) {
            return Some(KeyValue::new(name, id.to_owned()));
        }
        self.overflowed.fetch_add(1, Ordering::Relaxed);
        self.overflows.add(1, &[]);
        OVERFLOW.emit(|| {
            format!(
                "the metrics have more than {} users: later users are counted together with \
                 `{}`. Raise the number in `with_user_dimension`, or remove the dimension.",
                users.max,
                metric::OVERFLOW
            )
        });
        Some(KeyValue::new(metric::OVERFLOW, true))
    }

    fn count_call(&self, record: &Record, usage: &ModelUsage<'_>, user: Option<&KeyValue>) {
        let text = |name: &'static str, value: Option<&str>| {
            value.map(|value| KeyValue::new(name, value.to_owned()))
        };
        let operation = record
            .field(gen_ai::OPERATION.name)
            .and_then(whose::Value::as_str);
        let model = [
            text(gen_ai::REQUEST_MODEL.name, Some(usage.model)),
            text(gen_ai::PROVIDER.name, usage.provider),
            text(gen_ai::OPERATION.name, operation),
            user.cloned(),
        ];
        let mut attributes: Vec<_> = model.into_iter().flatten().collect();
        if let Some(duration) = record.duration() {
            self.duration.record(duration.as_secs_f64(), &attributes);
        }
        if let Some(cost) = self.cost.as_ref().and_then(|cost| cost(record)) {
            // A counter takes no negative numbers.
            if cost.is_finite() && cost >= 0.0 {
                self.money.add(cost, &attributes);
            }
        }
        let counts = [
            (metric::INPUT, usage.tokens.input),
            (metric::OUTPUT, usage.tokens.output),
        ];
        for (kind, count) in counts {
            attributes.push(KeyValue::new(metric::TOKEN_TYPE, kind));
            self.tokens.record(count, &attributes);
            attributes.pop();
        }
    }
}

impl Users {
    fn has_room_for(&self, id: &str) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.contains(id) || (known.len() < self.max && known.insert(id.into()))
    }
}

impl RecordSink for Metrics {
    fn record(&self, record: &Arc<Record>) {
        let is_request = record.record_type() == RecordType::Span && record.parent_id().is_none();
        let is_error = record.record_type() == RecordType::Error;
        let usage = record.model_usage();
        if !is_request && !is_error && usage.is_none() {
            return;
        }
        let user = self.user(record);
        if is_request {
            let failed = KeyValue::new(metric::FAILED, record.status() == Status::Error);
            let attributes: Vec<_> = user.clone().into_iter().chain([failed]).collect();
            self.requests.add(1, &attributes);
        }
        if is_error {
            self.errors.add(1, user.as_slice());
        }
        // The sum of an agent would count each token twice; `model_usage` gives none.
        if let Some(usage) = usage.filter(|_| record.kind() != Some(Kind::Agent)) {
            self.count_call(record, &usage, user.as_ref());
        }
    }

    fn name(&self) -> &str {
        "opentelemetry metrics"
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("max_users", &self.users.as_ref().map(|users| users.max))
            .field("overflowed", &self.overflowed)
            .finish_non_exhaustive()
    }
}
