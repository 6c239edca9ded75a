//! The layer, and its settings.

use std::sync::Arc;

use tracing::Level;

use crate::layer::core::LayerCore;
use crate::model::{Breadcrumb, Service};
use crate::pipeline::MessageContent;
use crate::policy::{Policy, PolicyError};
use crate::record::{Record, RecordSink};

/// Creates the layer. Add it to a `tracing_subscriber` registry before any layer that exports.
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
        core: LayerCore::new(),
    }
}

/// The `tracing` layer that attributes spans and events to users; created by [`layer`].
///
/// A second layer in the same subscriber joins the first: the sinks of the second layer move to the
/// first layer and receive each record once. The hooks and the policy of the second layer run after
/// those of the first layer, and apply to the sinks of both.
#[derive(Debug)]
pub struct Layer {
    pub(crate) core: Arc<LayerCore>,
}

impl Layer {
    /// Adds a sink, which receives every finished record.
    #[must_use]
    pub fn with_sink(self, sink: impl RecordSink) -> Self {
        self.core.pipeline().add_sink(Arc::new(sink));
        self
    }

    pub(crate) fn core(&self) -> &Arc<LayerCore> {
        &self.core
    }
}

impl Layer {
    /// Sets the service that the records come from: see [`Service`].
    #[must_use]
    pub fn with_service(self, service: Service) -> Self {
        self.core.pipeline().processors().set_service(service);
        self
    }

    /// Sets which records keep the content of messages to and from models: see [`MessageContent`].
    /// The default is none, unless the environment says otherwise.
    ///
    /// A [policy](Self::with_policy) and its scrubber apply to the content that is kept.
    #[must_use]
    pub fn with_message_content(self, content: MessageContent) -> Self {
        self.core.pipeline().processors().content.set(content);
        self
    }

    /// Adds a privacy policy for records: see [`Policy`]. A second policy goes through the
    /// records after the first.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # struct MySink;
    /// # impl whose::RecordSink for MySink { fn record(&self, _: &Arc<whose::Record>) {} }
    /// let layer = whose::layer().with_policy(whose::Policy::ids_only())?.with_sink(MySink);
    /// # Ok::<(), whose::PolicyError>(())
    /// ```
    ///
    /// # Errors
    /// [`PolicyError::UnknownName`] if a rule has a name that no value of a record can have. With
    /// such a rule the program would start and export the value that the rule is meant to hold back.
    pub fn with_policy(self, policy: Policy) -> Result<Self, PolicyError> {
        self.core
            .pipeline()
            .processors()
            .add_policy(policy.checked()?);
        Ok(self)
    }

    /// Adds a hook that can change a record before any sink receives the record. A hook that returns
    /// `false` drops the record, which is counted in [`Stats::dropped_by_hook`](crate::Stats).
    ///
    /// Hooks run in the order in which they are added, and before the [policy](Self::with_policy):
    /// the policy applies to what the hooks add. A hook that panics loses that record alone, which
    /// is counted in [`Stats::hook_panics`](crate::Stats). Events that a hook emits are not
    /// recorded.
    ///
    /// Where `whose::fmt::attributed` adds ids to log lines, the line of an event has no user,
    /// session or actor that a hook removed. A dropped record keeps its line; the hooks after the
    /// one that dropped the record then run too, and decide about the ids of the line.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # struct MySink;
    /// # impl whose::RecordSink for MySink { fn record(&self, _: &Arc<whose::Record>) {} }
    /// let layer = whose::layer()
    ///     .with_before_record(|record| {
    ///         record.remove_field("http.request.header.cookie");
    ///         record.target() != "noisy::health"
    ///     })
    ///     .with_sink(MySink);
    /// ```
    #[must_use]
    pub fn with_before_record(
        self,
        hook: impl Fn(&mut Record) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.core.pipeline().processors().add_hook(hook);
        self
    }

    /// Keeps `tracing` events as breadcrumbs: events of `level` and above whose target `filter`
    /// accepts. For records of the `log` crate, the filter sees their own target.
    ///
    /// The breadcrumb is added to the isolated scope around the event. Outside every isolated scope
    /// the breadcrumb is counted ([`Stats::refused_breadcrumbs`](crate::Stats)) and dropped: errors
    /// of every request would show it.
    ///
    /// ```
    /// use tracing_subscriber::prelude::*;
    ///
    /// let layer = whose::layer().with_breadcrumbs(tracing::Level::INFO, |target| target.starts_with("shop"));
    /// # let _subscriber = tracing_subscriber::registry().with(layer);
    /// ```
    #[must_use]
    pub fn with_breadcrumbs(
        self,
        level: Level,
        filter: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.core
            .pipeline()
            .breadcrumb_hooks
            .change(|crumbs| crumbs.events.push((level, Arc::new(filter))));
        self
    }

    /// Adds a hook that can change or drop each breadcrumb before the breadcrumb is kept.
    ///
    /// A hook that panics loses that breadcrumb alone, which is counted in
    /// [`Stats::hook_panics`](crate::Stats).
    ///
    /// ```
    /// let layer = whose::layer()
    ///     .with_before_breadcrumb(|crumb| (crumb.category() != Some("noise")).then_some(crumb));
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub fn with_before_breadcrumb(
        self,
        hook: impl Fn(Breadcrumb) -> Option<Breadcrumb> + Send + Sync + 'static,
    ) -> Self {
        self.core
            .pipeline()
            .breadcrumb_hooks
            .change(|crumbs| crumbs.hooks.push(Arc::new(hook)));
        self
    }

    /// Adds the values of feature flags to every span and event, as the fields `flag.evaluation.<key>`.
    /// Without the setting, only errors have flags.
    ///
    /// Use the setting to compare the variants of an experiment. A span has the values at its close, an
    /// event those at its time. A scope that has not evaluated a flag adds no field for the flag. The
    /// fields pass the hooks and the [policy](Self::with_policy).
    ///
    /// ```
    /// use tracing_subscriber::prelude::*;
    ///
    /// let layer = whose::layer().with_flags(["new_checkout"]);
    /// tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
    ///     let rec = whose::testing::Recorder::start();
    ///     tracing::info_span!("pay").in_scope(|| whose::flag("new_checkout", true));
    ///     let flag = rec.span("pay").field("flag.evaluation.new_checkout").cloned();
    ///     assert_eq!(flag.unwrap().as_bool(), Some(true));
    /// });
    /// ```
    #[must_use]
    pub fn with_flags<K: AsRef<str>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        for key in keys {
            self.core.pipeline().flags().add(key.as_ref());
        }
        self
    }

    /// Sets whether each new value of a feature flag in a scope makes an event, in the form of
    /// OpenTelemetry's conventions: `feature_flag.evaluation` with `feature_flag.key` and
    /// `feature_flag.result.variant`, and `feature_flag.result.value` for a number or a boolean. Off by
    /// default.
    ///
    /// Only [`whose::flag`](crate::flag()) makes an event, and the event has the current user. Evaluations
    /// with the value that the scope has already make none.
    ///
    /// ```
    /// use tracing_subscriber::prelude::*;
    ///
    /// let layer = whose::layer().with_flag_events(true);
    /// tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
    ///     let rec = whose::testing::Recorder::start();
    ///     whose::flag("button", "green");
    ///     whose::flag("button", "green");
    ///     let events = rec.events();
    ///     assert_eq!(events.len(), 1);
    ///     assert_eq!(events[0].field("feature_flag.result.variant").unwrap(), &"green");
    /// });
    /// ```
    #[must_use]
    pub fn with_flag_events(self, on: bool) -> Self {
        self.core.pipeline().flags().set_events(on);
        self
    }

    /// Sets whether errors carry a backtrace of the place where they are captured; off by default.
    ///
    /// The setting does not depend on `RUST_BACKTRACE`: resolving a backtrace takes milliseconds.
    /// With a backtrace, the [fingerprint](Record::fingerprint) is computed from the functions of
    /// the application instead of the message.
    ///
    /// ```
    /// use tracing_subscriber::prelude::*;
    ///
    /// let layer = whose::layer().with_backtraces(true);
    /// tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
    ///     let rec = whose::testing::Recorder::start();
    ///     whose::capture_message("no route");
    ///     assert!(rec.errors()[0].backtrace().is_some());
    /// });
    /// ```
    #[must_use]
    pub fn with_backtraces(self, on: bool) -> Self {
        self.core.pipeline().backtraces().set(on);
        self
    }

    /// Sets whether every record must have a user or be anonymous; for staging.
    ///
    /// A record without a user is counted ([`Stats::missing_users`](crate::Stats::missing_users)),
    /// and each call site is warned about once, with advice, in an event of level `WARN` with the
    /// target `whose`. The record is still delivered. The warning is emitted at the next exit of a
    /// span or the next call of this crate, since a layer cannot emit an event inside another event.
    /// In tests, [`require_user`](crate::testing::require_user) turns the warning into a failed
    /// assertion.
    ///
    /// ```
    /// let layer = whose::layer().with_required_user(cfg!(debug_assertions));
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub fn with_required_user(self, required: bool) -> Self {
        self.core.pipeline().require_user(required);
        self
    }
}
