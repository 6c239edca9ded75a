//! What an application sets on the layer, beside the sinks.

use std::sync::Arc;

use tracing::Level;

use crate::layer::core::LayerCore;
use crate::model::{Breadcrumb, Service};
use crate::policy::{Policy, PolicyError};
use crate::record::{Record, RecordSink};

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
        core: LayerCore::new(),
    }
}

/// Attributes what passes through `tracing`; made by [`layer`].
///
/// Where a subscriber has one already, a second one joins it: its sinks go to the first, and each
/// of them gets each record once. Its hooks and its policy go there too, behind those that are
/// there, and hold for the sinks of both: a sink never gets more than either policy lets through.
#[derive(Debug)]
pub struct Layer {
    pub(crate) core: Arc<LayerCore>,
}

impl Layer {
    /// Adds a sink that gets every finished record.
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
    /// [`PolicyError::UnknownName`], where a rule has a name that no value of a record can have: with
    /// such a rule the program would start, and let out what the rule was to hold back.
    pub fn with_policy(self, policy: Policy) -> Result<Self, PolicyError> {
        self.core
            .pipeline()
            .processors()
            .add_policy(policy.checked()?);
        Ok(self)
    }

    /// Adds a hook that may change a record before any sink gets it, or drop it by `false`, which
    /// is counted in [`Stats::dropped_by_hook`](crate::Stats).
    ///
    /// Hooks run in the order in which they are added, and all of them before the
    /// [policy](Self::with_policy), so that nothing that they add escapes it. One that panics costs
    /// that record alone, and is counted in [`Stats::hook_panics`](crate::Stats). What it logs is
    /// not recorded.
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

    /// Keeps `tracing` events as breadcrumbs: those of `level` and above whose target `filter`
    /// accepts. Records of the `log` crate count by the target that they were logged with.
    ///
    /// A breadcrumb is kept in the isolated scope around its event. Outside every isolated scope it
    /// is counted ([`Stats::refused_breadcrumbs`](crate::Stats)) and not kept: errors of every
    /// request would show it.
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

    /// Shows every breadcrumb to `hook` before it is kept, which changes it or leaves it out.
    ///
    /// A hook that panics costs that breadcrumb alone, which is counted in
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

    /// Sets whether errors get a backtrace of the place of their capture.
    ///
    /// Otherwise they get none, whatever `RUST_BACKTRACE` says: to look one up in the debug
    /// information takes milliseconds. With a backtrace, the [fingerprint](Record::fingerprint)
    /// is made from the functions of the application's own instead of the message.
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

    /// Whether every record is to have a user, unless there is nobody on purpose: for staging.
    ///
    /// A record without one is counted ([`Stats::missing_users`](crate::Stats::missing_users)) and
    /// its call site is named once, with what to do, in an event of level `WARN` with the target
    /// `whose`; it is recorded all the same. The event is made when the next span is left or the
    /// crate is next called, since no event can be made inside of another. In tests,
    /// [`require_user`](crate::testing::require_user) makes it a failed assertion.
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
