//! The fields that only records of errors have.

use crate::model::Fingerprint;
use crate::record::record::Record;

impl Record {
    /// The type of an error, where it is known; `panic` for a panic.
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        self.error.as_ref()?.error_type.as_deref()
    }

    /// What caused an error (its `source()` chain), outermost first.
    pub fn causes(&self) -> impl Iterator<Item = &str> {
        self.error
            .iter()
            .flat_map(|error| error.causes.iter().map(|cause| &**cause))
    }

    /// The names of the spans that an error happened in, from the innermost outwards.
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
        self.error
            .iter()
            .flat_map(|error| error.path.iter().copied())
    }

    /// What an error has in common with others of its kind: errors of one fingerprint are one
    /// group. Only errors have one.
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

    /// Where an error was captured, where a [setting](crate::Layer::with_backtraces) asks for it.
    #[must_use]
    pub fn backtrace(&self) -> Option<&str> {
        self.error.as_ref()?.backtrace.as_deref()
    }
}
