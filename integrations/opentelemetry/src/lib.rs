//! Puts the user and the session of whose on OpenTelemetry spans, span events, log records and metrics.
