//! What an application sets on the layer, beside the sinks.

use super::Layer;
use crate::policy::Policy;
use crate::record::Record;
use crate::service::Service;

impl Layer {
    /// Says which service the records come from: see [`Service`].
    #[must_use]
    pub fn with_service(self, service: Service) -> Self {
        self.core.gate().set_service(service);
        self
    }

    /// Says what of a record reaches the sinks: see [`Policy`]. A second policy goes through the
    /// records after the first.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # struct MySink;
    /// # impl whose::RecordSink for MySink { fn record(&self, _: &Arc<whose::Record>) {} }
    /// let layer = whose::layer().with_policy(whose::Policy::ids_only()).with_sink(MySink);
    /// ```
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        self.core.gate().add_policy(policy);
        self
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
    ///     .with_before(|record| {
    ///         record.remove_field("http.request.header.cookie");
    ///         record.target() != "noisy::health"
    ///     })
    ///     .with_sink(MySink);
    /// ```
    #[must_use]
    pub fn with_before(self, hook: impl Fn(&mut Record) -> bool + Send + Sync + 'static) -> Self {
        self.core.gate().add_hook(hook);
        self
    }
}
