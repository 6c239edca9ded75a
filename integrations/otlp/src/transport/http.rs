//! OTLP over HTTP, with protobuf.

use std::time::{Duration, SystemTime};

use prost::Message;
use ureq::Agent;
use ureq::http::{StatusCode, Uri, header};

use crate::config::{Compression, SignalSettings};
use crate::signal::Signal;
use crate::transport::answer::shown;
use crate::transport::compress::gzip;
use crate::transport::partial_success::accepted;
use crate::transport::reply::Reply;
use crate::transport::retry_after::retry_after;
use crate::transport::rpc_status::RpcStatus;

const CONTENT_TYPE: &str = "application/x-protobuf";
/// The most bytes of an answer that are read.
const MAX_ANSWER: u64 = 64 << 10;

/// Sends requests over HTTP/1.1, with a connection that is kept.
#[derive(Debug)]
pub(crate) struct Http {
    agent: Agent,
    settings: SignalSettings,
}

impl Http {
    /// # Errors
    /// Why the files of certificates cannot be used.
    pub(crate) fn new(settings: SignalSettings) -> Result<Self, String> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would send the records, and perhaps a secret header, to another host.
            .max_redirects(0)
            .user_agent(concat!("whose-otlp/", env!("CARGO_PKG_VERSION")));
        #[cfg(feature = "tls")]
        let config = config.tls_config(crate::transport::http_tls::config(&settings.tls)?);
        Ok(Self {
            agent: config.build().new_agent(),
            settings,
        })
    }

    /// Compresses the request, once for all attempts.
    pub(crate) fn prepare(&self, request: Vec<u8>) -> Vec<u8> {
        match self.settings.compression {
            Compression::Gzip => gzip(&request).unwrap_or(request),
            Compression::None => request,
        }
    }

    pub(crate) fn send(&self, request: &[u8], timeout: Duration) -> Reply {
        let mut call = self.agent.post(&self.settings.endpoint);
        for (name, value) in &self.settings.headers {
            call = call.header(name, value);
        }
        call = call.header(header::CONTENT_TYPE, CONTENT_TYPE);
        if self.settings.compression == Compression::Gzip {
            call = call.header(header::CONTENT_ENCODING, "gzip");
        }
        let call = call.config().timeout_global(Some(timeout)).build();
        match call.send(request) {
            Ok(answer) => read(self.settings.signal, &self.settings.endpoint, answer),
            Err(error) => Reply::Unreachable {
                reason: error.to_string(),
            },
        }
    }
}

fn read(signal: Signal, endpoint: &Uri, mut answer: ureq::http::Response<ureq::Body>) -> Reply {
    let status = answer.status();
    let after = answer.headers().get(header::RETRY_AFTER);
    let after = after.and_then(|value| retry_after(value.to_str().ok()?, SystemTime::now()));
    let body = answer.body_mut().with_config().limit(MAX_ANSWER);
    let body = body.read_to_vec();
    if status.is_success() {
        return match body {
            Ok(body) => accepted(signal, &body),
            // The receiver has taken the request: a second one would be a duplicate.
            Err(_) => accepted(signal, &[]),
        };
    }
    let text = body.map(|body| message(&body)).unwrap_or_default();
    let reason = match text.is_empty() {
        true => format!("the receiver answered {status}"),
        false => format!("the receiver answered {status}: {text}"),
    };
    match status {
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Reply::Retry { reason, after },
        StatusCode::NOT_FOUND => Reply::Refused {
            reason: format!("{reason} (the path is {:?})", endpoint.path()),
        },
        _ => Reply::Refused { reason },
    }
}

/// The message of an answer: that of a `google.rpc.Status`, or the text itself.
fn message(body: &[u8]) -> String {
    let status = RpcStatus::decode(body).unwrap_or_default();
    match status.message.is_empty() {
        false => shown(&status.message),
        true => std::str::from_utf8(body).map(shown).unwrap_or_default(),
    }
}
