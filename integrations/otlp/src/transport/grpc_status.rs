//! What a status of gRPC means for a request.

use std::error::Error;
use std::time::Duration;

use prost::Message;
use tonic::{Code, Status};

use crate::transport::answer::shown;
use crate::transport::reply::Reply;

const RETRY_INFO: &str = "/google.rpc.RetryInfo";

/// The part of `google.rpc.Status` that is read.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Detail>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Detail {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    delay: Option<RpcDuration>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, Copy, PartialEq, Message)]
struct RpcDuration {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// The longest time that a receiver can make the sender wait.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// What the status means, after OTLP's table of codes.
pub(crate) fn reply(status: &Status) -> Reply {
    // A status with a source was made here, from an error of the connection.
    if let Some(source) = status.source() {
        return Reply::Unreachable {
            reason: innermost(source).to_string(),
        };
    }
    let text = shown(status.message());
    let code = status.code();
    let reason = match text.is_empty() {
        true => format!("the receiver answered {code:?}"),
        false => format!("the receiver answered {code:?}: {text}"),
    };
    let after = retry_delay(status);
    match code {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Reply::Retry { reason, after },
        // Only with a time to wait can the receiver recover.
        Code::ResourceExhausted if after.is_some() => Reply::Retry { reason, after },
        _ => Reply::Refused { reason },
    }
}

/// The cause that says what happened: outer errors of the channel say `transport error`.
pub(crate) fn innermost<'a>(mut error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

/// The time of the receiver's `RetryInfo`.
fn retry_delay(status: &Status) -> Option<Duration> {
    let details = RpcStatus::decode(status.details()).ok()?.details;
    let info = details
        .iter()
        .find(|detail| detail.type_url.ends_with(RETRY_INFO))?;
    let delay = RetryInfo::decode(&*info.value).ok()?.delay?;
    let seconds = Duration::from_secs(u64::try_from(delay.seconds).ok()?);
    let nanos = Duration::from_nanos(u64::try_from(delay.nanos).ok()?);
    Some(seconds.saturating_add(nanos).min(LONGEST))
}
