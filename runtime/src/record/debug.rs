//! The `Debug` form of a record.

use std::fmt;

use crate::record::error_details::ErrorDetails;
use crate::record::record::Record;

/// Prints ids, counts and the call site, but no content: a log line must not reveal what a policy
/// withholds from the sinks.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("record_type", &self.record_type)
            .field("name", &self.name())
            .field("call_site", &self.call_site)
            .field("status", &self.status)
            .field("start", &self.start)
            .field("duration", &self.duration())
            .field("trace_id", &self.trace_id)
            .field("span_id", &self.span_id)
            .field("parent_id", &self.parent_id)
            .field("attribution", &self.attribution)
            .field("scope_id", &self.scope_id())
            .field("fields", &self.fields().count())
            .field("error", &self.error)
            .field("breadcrumbs", &self.breadcrumbs.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ErrorDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorDetails")
            .field("causes", &self.causes.len())
            .field("path", &self.path)
            .field("fingerprint", &self.fingerprint)
            .field("flags", &self.flags.len())
            .finish_non_exhaustive()
    }
}
