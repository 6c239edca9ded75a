//! The parts that only records of errors have.

use crate::model::{Fingerprint, Value};
use crate::record::record::Record;

impl Record {
    /// The type of the error, if known; `panic` for a panic.
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        self.error.as_ref()?.error_type.as_deref()
    }

    /// The messages of the `source()` chain of the error, outermost first.
    pub fn causes(&self) -> impl Iterator<Item = &str> {
        self.error
            .iter()
            .flat_map(|error| error.causes.iter().map(|cause| &**cause))
    }

    /// The names of the spans that the error happened in, innermost first.
    ///
    /// ```
    /// # let rec = whose::testing::Recorder::start();
    /// tracing::info_span!("request").in_scope(|| {
    ///     tracing::info_span!("charge")
    ///         .in_scope(|| whose::capture_error(&std::io::Error::other("declined")));
    /// });
    /// assert!(rec.errors()[0].span_path().eq(["charge", "request"]));
    /// ```
    pub fn span_path(&self) -> impl Iterator<Item = &str> {
        let received = self.received.iter().flat_map(|names| &names.span_path);
        let own = self.error.iter().flat_map(|error| &error.path);
        own.copied().chain(received.map(|name| &**name))
    }

    /// The key that groups errors of the same kind; `None` for other records.
    ///
    /// Errors with the same fingerprint form one group. [The
    /// guide](crate::guide::errors#fingerprints) lists what counts.
    ///
    /// ```
    /// # let rec = whose::testing::Recorder::start();
    /// whose::capture_message("order 17 has no items");
    /// whose::capture_message("order 99 has no items");
    /// whose::capture_message("order 99 has no address");
    /// let errors = rec.errors();
    /// assert_eq!(errors[0].fingerprint(), errors[1].fingerprint());
    /// assert_ne!(errors[1].fingerprint(), errors[2].fingerprint());
    /// ```
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.error.as_ref()?.fingerprint
    }

    /// The backtrace of the error, if [`Layer::with_backtraces`](crate::Layer::with_backtraces)
    /// enables backtraces.
    #[must_use]
    pub fn backtrace(&self) -> Option<&str> {
        self.error.as_ref()?.backtrace.as_deref()
    }

    /// The keys and values of the feature flags that were evaluated before the error, oldest first. Other
    /// records have none.
    ///
    /// [`whose::flag`](crate::flag()) records an evaluation.
    pub fn flags(&self) -> impl Iterator<Item = (&str, &Value)> {
        let flags = self.error.iter().flat_map(|error| &error.flags);
        flags.map(|flag| (flag.key(), flag.value()))
    }
}
