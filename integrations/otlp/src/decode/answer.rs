//! The bodies of answers.

use crate::wire;

/// The message `ExportTraceServiceResponse` or `ExportLogsServiceResponse`: how many records were rejected,
/// and why. Empty where none was.
#[must_use]
pub fn partial_success(rejected: u64, why: &str) -> Vec<u8> {
    let mut body = Vec::new();
    if rejected > 0 {
        wire::message(&mut body, 1, |partial| {
            wire::number(partial, 1, rejected);
            wire::bytes(partial, 2, why.as_bytes());
        });
    }
    body
}

/// The message `google.rpc.Status`, with which OTLP over HTTP explains a refusal.
#[must_use]
pub fn status(code: u32, message: &str) -> Vec<u8> {
    let mut body = Vec::new();
    wire::number(&mut body, 1, code.into());
    wire::bytes(&mut body, 2, message.as_bytes());
    body
}
