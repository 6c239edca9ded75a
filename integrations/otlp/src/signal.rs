//! The two signals.

/// A signal of OTLP: spans, or log records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Traces,
    Logs,
}

impl Signal {
    /// The word in the names of variables: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`.
    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::Traces => "TRACES",
            Self::Logs => "LOGS",
        }
    }

    /// The path below the endpoint of OTLP over HTTP.
    pub(crate) const fn http_path(self) -> &'static str {
        match self {
            Self::Traces => "v1/traces",
            Self::Logs => "v1/logs",
        }
    }

    /// The method of the gRPC service.
    #[cfg(feature = "grpc")]
    pub(crate) const fn grpc_path(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        }
    }

    /// What the records of the signal are called in a warning.
    pub(crate) const fn records(self) -> &'static str {
        match self {
            Self::Traces => "spans",
            Self::Logs => "log records",
        }
    }

    /// The name of the thread that sends the signal, of at most 15 bytes.
    pub(crate) const fn thread(self) -> &'static str {
        match self {
            Self::Traces => "whose-otlp-span",
            Self::Logs => "whose-otlp-log",
        }
    }
}
