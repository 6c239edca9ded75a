//! The protocol and the compression.

use crate::config::problems::Problems;
use crate::config::variables::Variables;
use crate::signal::Signal;

/// How records are sent.
///
/// Set it with [`OtlpBuilder::protocol`](crate::OtlpBuilder::protocol) or the variable
/// `OTEL_EXPORTER_OTLP_PROTOCOL`.
///
/// ```
/// let sink = whose_otlp::builder().protocol(whose_otlp::Protocol::HttpProtobuf).build();
/// # drop(sink);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// OTLP over HTTP, `http/protobuf`, by default to `http://localhost:4318`.
    #[default]
    HttpProtobuf,
    /// OTLP over gRPC, `grpc`, by default to `http://localhost:4317`. Needs the feature `grpc`:
    /// without the feature, a warning says so, and nothing is sent.
    Grpc,
}

/// Whether requests are compressed.
///
/// Set it with [`OtlpBuilder::compression`](crate::OtlpBuilder::compression) or the variable
/// `OTEL_EXPORTER_OTLP_COMPRESSION`.
///
/// ```
/// let sink = whose_otlp::builder().compression(whose_otlp::Compression::Gzip).build();
/// # drop(sink);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Requests are sent as they are.
    #[default]
    None,
    /// Requests are compressed with gzip. A batch shrinks to about a tenth.
    Gzip,
}

/// The protocol of the environment.
pub(crate) fn protocol_of(
    variables: &Variables,
    signal: Signal,
    problems: &mut Problems,
) -> Option<Protocol> {
    let variable = variables.of_exporter(signal, "PROTOCOL")?;
    match variable.value {
        "http/protobuf" => Some(Protocol::HttpProtobuf),
        "grpc" => Some(Protocol::Grpc),
        other => {
            problems.add(format!(
                "{}={other:?} is ignored, http/protobuf is used: the protocols are http/protobuf \
                 and grpc",
                variable.name
            ));
            Some(Protocol::HttpProtobuf)
        }
    }
}

/// The compression of the environment.
pub(crate) fn compression_of(
    variables: &Variables,
    signal: Signal,
    problems: &mut Problems,
) -> Option<Compression> {
    let variable = variables.of_exporter(signal, "COMPRESSION")?;
    match variable.value {
        "gzip" => Some(Compression::Gzip),
        "none" => Some(Compression::None),
        other => {
            problems.add(format!(
                "{}={other:?} is ignored, requests are not compressed: the compressions are gzip \
                 and none",
                variable.name
            ));
            None
        }
    }
}
