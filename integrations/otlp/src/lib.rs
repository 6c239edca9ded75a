//! Sends the records of [`whose`] by OTLP, without the OpenTelemetry SDK: spans as traces; events,
//! errors and links as logs.
//!
//! [`sink()`] makes a [`RecordSink`](whose::RecordSink) with the settings of the environment:
//!
//! ```
//! use tracing_subscriber::prelude::*;
//!
//! let layer = whose::layer().with_sink(whose_otlp::sink());
//! tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Use the crate in a program without an OpenTelemetry tracer. A program that has one, and wants its
//! spans attributed, does not need this crate. The crate `opentelemetry-proto`, whose messages this crate
//! uses, depends on the SDK's crate; nothing of the SDK runs.
//!
//! # Settings
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | the receiver; over HTTP, `/v1/traces` and `/v1/logs` are added | `http://localhost:4318`, with gRPC `http://localhost:4317` |
//! | `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `.._LOGS_ENDPOINT` | the receiver of one signal, used as it is | |
//! | `OTEL_EXPORTER_OTLP_PROTOCOL` | `http/protobuf` or `grpc` | `http/protobuf` |
//! | `OTEL_EXPORTER_OTLP_HEADERS` | `key=value,key=value`, percent-encoded | |
//! | `OTEL_EXPORTER_OTLP_TIMEOUT` | the time for one request, in milliseconds | 10,000 |
//! | `OTEL_EXPORTER_OTLP_COMPRESSION` | `gzip` or `none` | `none` |
//! | `OTEL_EXPORTER_OTLP_INSECURE` | `true`: a gRPC endpoint without a scheme uses no TLS | `false` |
//! | `OTEL_EXPORTER_OTLP_CERTIFICATE`, `.._CLIENT_CERTIFICATE`, `.._CLIENT_KEY` | files in PEM format | Mozilla's list |
//! | `OTEL_TRACES_EXPORTER`, `OTEL_LOGS_EXPORTER` | `none` turns a signal off | `otlp` |
//! | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | the resource | `unknown_service:<program>` |
//! | `OTEL_SDK_DISABLED` | `true` turns everything off | `false` |
//!
//! Each `OTEL_EXPORTER_OTLP_*` also exists for one signal (`OTEL_EXPORTER_OTLP_LOGS_TIMEOUT`), which
//! wins. The [builder](OtlpBuilder) wins over the environment. The service of the layer
//! ([`Layer::with_service`](whose::Layer::with_service)) wins over the builder. An empty variable counts
//! as unset.
//!
//! A value that is unknown, or that contradicts another one, never fails: one warning with the target
//! `whose` names all of them, as soon as the program has a subscriber. Where an endpoint cannot be used at
//! all, the records of its signal are dropped and counted. No warning shows the value of a header.
//!
//! # What becomes of a record
//!
//! | record | OTLP |
//! |---|---|
//! | span | a span: `SERVER` and `CLIENT` for the requests of `whose::tower`, `CLIENT` for calls of models, else `INTERNAL`; the fields `otel.name`, `otel.kind` and `otel.status_code` decide, as in `tracing-opentelemetry` |
//! | event | a log record; the name of the event, if the code gives one, is the event name |
//! | error | a log record with the event name `exception`, with `exception.type`, `exception.message` and `exception.stacktrace`; causes, fingerprint, path of spans, breadcrumbs (JSON) and feature flags (JSON) as `whose.error.*`, `whose.breadcrumbs` and `whose.flags` |
//! | link | a log record with the event name `whose.link`: the user, and the isolated scope (`whose.scope_id`) of the earlier records without a user |
//!
//! User, session, actor, tags and so on are attributes under the names of
//! [`Attribution::visit_attributes`](whose::Attribution::visit_attributes). Fields keep their names.
//! [`Kind`](whose::Kind) is the attribute `whose.kind`, the level of a span `whose.level` (unless it is
//! `INFO`), the name of an error line `whose.name`, and `whose.usage_inside` names the attributes that
//! repeat the calls of models inside a span. The kind is on request also OpenInference's
//! ([`OtlpBuilder::openinference`]). All records have the instrumentation scope `whose`, and their target
//! as the attribute `target`. A log record has an id, `log.record.uid`.
//!
//! Records that the thread of the exporter causes are not exported, since each export would cause the
//! next one.
//!
//! # Losses
//!
//! Each signal has a queue of 32 MiB ([`OtlpBuilder::queue_bytes`]) and a thread that sends batches. An
//! answer of 429, 502, 503 or 504, gRPC's retryable codes, and a receiver that cannot be reached lead to
//! another attempt, after a pause that doubles up to 30 seconds, with jitter, or after the time that the
//! receiver asks for. There is no last attempt: records wait until the queue is full, and then new records
//! are dropped. Other answers drop the batch. [`OtlpSink::stats`] counts all of this, and
//! [`whose::sinks`] the lost records. `whose::flush` returns early where the receiver cannot be reached.
//!
//! # Receiving
//!
//! With the feature `decode`, `Decoder` makes records of the requests of a sender, as `whose serve` does. A
//! receiver needs no other feature, and none of the dependencies of the sink.
//!
#![cfg_attr(feature = "spool", doc = include_str!("spool/spool.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "sink")]
mod builder;
#[cfg(feature = "sink")]
mod config;
#[cfg(feature = "decode")]
mod decode;
#[cfg(feature = "sink")]
mod encode;
#[cfg(any(feature = "decode", feature = "sink"))]
mod names;
#[cfg(feature = "sink")]
mod queue;
#[cfg(feature = "sink")]
mod signal;
#[cfg(feature = "sink")]
mod sink;
#[cfg(any(feature = "decode", feature = "sink"))]
mod span_kind;
#[cfg(feature = "spool")]
mod spool;
#[cfg(feature = "sink")]
mod start;
#[cfg(feature = "sink")]
mod startup;
#[cfg(feature = "sink")]
mod stats;
#[cfg(feature = "sink")]
mod transport;
#[cfg(any(feature = "decode", feature = "sink"))]
mod wire;
#[cfg(feature = "sink")]
mod worker;

#[cfg(feature = "sink")]
pub use builder::{OtlpBuilder, builder, sink};
#[cfg(feature = "sink")]
pub use config::{Compression, Protocol};
#[cfg(feature = "decode")]
pub use decode::{DecodeError, Decoded, Decoder, ReceivedItem, ResendKey, partial_success, status};
#[cfg(feature = "sink")]
pub use sink::OtlpSink;
#[cfg(feature = "sink")]
pub use stats::OtlpStats;
