//! What a status of gRPC means for a request.

use std::error::Error;

use prost::Message;
use tonic::{Code, Status};

use crate::transport::answer::shown;
use crate::transport::reply::Reply;
use crate::transport::rpc_status::RpcStatus;

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
    let after = RpcStatus::decode(status.details()).ok();
    let after = after.and_then(|details| details.retry_delay());
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
