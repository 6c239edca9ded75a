//! The answers of OTLP over HTTP.

use std::fmt;
use std::time::Duration;

use axum::http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use whose_otlp::{DecodeError, partial_success, status};

use crate::access::with_retry_after;

/// The content type of every answer.
pub(super) const PROTOBUF: &str = "application/x-protobuf";
/// The most bytes of a request, before and after decompression.
pub(super) const MAX_BYTES: usize = 16 << 20;
/// When the sender of a request that was not taken is asked to try again.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Why a request was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    ContentType,
    Encoding,
    TooLarge,
    /// The body did not arrive whole.
    Incomplete,
    BrokenGzip,
    Decode(DecodeError),
    /// Metrics have no user.
    Metrics,
    /// Too many requests at once.
    Busy,
    /// The queue of the store is full.
    QueueFull,
    /// The records are in memory, and not on disk yet.
    NotOnDisk,
    /// The store could not write all records.
    Lost,
}

impl Refusal {
    /// Whether the sender keeps the request and sends it again.
    pub(super) const fn is_temporary(self) -> bool {
        matches!(self, Self::Busy | Self::QueueFull | Self::NotOnDisk)
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::ContentType | Self::Encoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge | Self::Decode(DecodeError::TooManyRecords { .. }) => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::Incomplete => StatusCode::REQUEST_TIMEOUT,
            Self::BrokenGzip | Self::Decode(_) => StatusCode::BAD_REQUEST,
            Self::Metrics => StatusCode::NOT_FOUND,
            Self::Busy | Self::QueueFull | Self::NotOnDisk => StatusCode::SERVICE_UNAVAILABLE,
            Self::Lost => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The code of `google.rpc.Status`.
    const fn code(self) -> u32 {
        const INVALID_ARGUMENT: u32 = 3;
        const RESOURCE_EXHAUSTED: u32 = 8;
        const UNIMPLEMENTED: u32 = 12;
        const UNAVAILABLE: u32 = 14;
        const DATA_LOSS: u32 = 15;
        match self {
            Self::ContentType | Self::Encoding | Self::Metrics => UNIMPLEMENTED,
            Self::TooLarge => RESOURCE_EXHAUSTED,
            Self::Incomplete | Self::BrokenGzip | Self::Decode(_) => INVALID_ARGUMENT,
            Self::Busy | Self::QueueFull | Self::NotOnDisk => UNAVAILABLE,
            Self::Lost => DATA_LOSS,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContentType => {
                "send application/x-protobuf: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf in the sender"
            }
            Self::Encoding => "the Content-Encoding can be gzip or identity",
            Self::TooLarge => {
                return write!(
                    f,
                    "a request can have at most {MAX_BYTES} bytes, also after decompression: send \
                     smaller batches"
                );
            }
            Self::Incomplete => "the body of the request did not arrive",
            Self::BrokenGzip => "the body is not gzip",
            Self::Decode(error) => return error.fmt(f),
            Self::Metrics => {
                "traces and logs are received, and metrics are not: set OTEL_METRICS_EXPORTER=none in \
                 the sender"
            }
            Self::Busy => "too many requests at once: send the request again",
            Self::QueueFull => "the store is behind: send the request again",
            Self::NotOnDisk => "the records are not on disk yet: send the request again",
            Self::Lost => "the store could not write all records of the request",
        })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = status(self.code(), &self.to_string());
        let mut response = protobuf(self.status(), body);
        if self == Self::Encoding {
            let accepted = HeaderValue::from_static("gzip");
            response.headers_mut().insert(ACCEPT_ENCODING, accepted);
        }
        match self.is_temporary() {
            true => with_retry_after(response, RETRY_AFTER),
            false => response,
        }
    }
}

/// The answer to a request that was taken.
pub(super) fn taken(rejected: u64, why: &str) -> Response {
    protobuf(StatusCode::OK, partial_success(rejected, why))
}

fn protobuf(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(CONTENT_TYPE, PROTOBUF)], body).into_response()
}
