//! The answer to a request that the receiver took.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;

use crate::signal::Signal;
use crate::transport::answer::shown;
use crate::transport::reply::Reply;

/// Reads the answer. An answer that cannot be read counts as one without a rejected record: the
/// receiver has taken the request.
pub(crate) fn accepted(signal: Signal, answer: &[u8]) -> Reply {
    let (rejected, message) = match signal {
        Signal::Traces => {
            let answer = ExportTraceServiceResponse::decode(answer).unwrap_or_default();
            let partial = answer.partial_success.unwrap_or_default();
            (partial.rejected_spans, partial.error_message)
        }
        Signal::Logs => {
            let answer = ExportLogsServiceResponse::decode(answer).unwrap_or_default();
            let partial = answer.partial_success.unwrap_or_default();
            (partial.rejected_log_records, partial.error_message)
        }
    };
    Reply::Accepted {
        rejected: u64::try_from(rejected).unwrap_or(0),
        message: shown(&message),
    }
}
