//! The messages with which a receiver explains a refusal, in OTLP over gRPC and over HTTP.

#[cfg(feature = "grpc")]
use std::time::Duration;

use prost::Message;

#[cfg(feature = "grpc")]
const RETRY_INFO: &str = "/google.rpc.RetryInfo";
/// The longest time that a receiver can make the sender wait.
#[cfg(feature = "grpc")]
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// The part of `google.rpc.Status` that is read.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcStatus {
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[cfg(feature = "grpc")]
    #[prost(message, repeated, tag = "3")]
    details: Vec<Detail>,
}

/// `google.protobuf.Any`.
#[cfg(feature = "grpc")]
#[derive(Clone, PartialEq, Message)]
struct Detail {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[cfg(feature = "grpc")]
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    delay: Option<RpcDuration>,
}

/// `google.protobuf.Duration`.
#[cfg(feature = "grpc")]
#[derive(Clone, Copy, PartialEq, Message)]
struct RpcDuration {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[cfg(feature = "grpc")]
impl RpcStatus {
    /// The time that the receiver asks to wait.
    pub(crate) fn retry_delay(&self) -> Option<Duration> {
        let mut details = self.details.iter();
        let info = details.find(|detail| detail.type_url.ends_with(RETRY_INFO))?;
        let delay = RetryInfo::decode(&*info.value).ok()?.delay?;
        let seconds = Duration::from_secs(u64::try_from(delay.seconds).ok()?);
        let nanos = Duration::from_nanos(u64::try_from(delay.nanos).ok()?);
        Some(seconds.saturating_add(nanos).min(LONGEST))
    }
}
