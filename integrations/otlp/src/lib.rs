//! A sink of whose that sends records by OTLP, without the OpenTelemetry SDK.
