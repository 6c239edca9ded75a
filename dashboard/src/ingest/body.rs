//! The body of a request.

use std::io::Read;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use flate2::read::MultiGzDecoder;
use futures_util::StreamExt;

use super::answer::{MAX_BYTES, PROTOBUF, Refusal};
use crate::access::discard;

/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);

/// A body as it was sent.
#[derive(Debug)]
pub(super) struct RequestBody {
    bytes: Bytes,
    is_gzip: bool,
}

impl RequestBody {
    /// Reads the body. Waits for a slow sender for at most [`ARRIVAL`].
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Refusal> {
        let is_gzip = match value(headers, &CONTENT_ENCODING) {
            "" | "identity" => false,
            encoding if encoding.eq_ignore_ascii_case("gzip") => true,
            _ => {
                discard(body).await;
                return Err(Refusal::Encoding);
            }
        };
        let content_type = value(headers, &CONTENT_TYPE);
        let content_type = content_type.split(';').next().unwrap_or_default().trim();
        if !content_type.eq_ignore_ascii_case(PROTOBUF) {
            discard(body).await;
            return Err(Refusal::ContentType);
        }
        let bytes = tokio::time::timeout(ARRIVAL, collect(body)).await;
        let bytes = bytes.unwrap_or(Err(Refusal::Incomplete))?;
        Ok(Self { bytes, is_gzip })
    }

    /// The message. Takes time, so this runs on a thread that may block.
    pub(super) fn into_message(self) -> Result<Bytes, Refusal> {
        if !self.is_gzip {
            return Ok(self.bytes);
        }
        let mut message = Vec::new();
        // One byte more than the limit tells a message of that size from a larger one.
        let decoder = MultiGzDecoder::new(&*self.bytes).take(MAX_BYTES as u64 + 1);
        let read = { decoder }.read_to_end(&mut message);
        match read {
            Ok(_) if message.len() > MAX_BYTES => Err(Refusal::TooLarge),
            Ok(_) => Ok(message.into()),
            Err(_) => Err(Refusal::BrokenGzip),
        }
    }
}

fn value<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().trim()
}

async fn collect(body: Body) -> Result<Bytes, Refusal> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::Incomplete)?;
        if bytes.len() + chunk.len() > MAX_BYTES {
            drop(bytes);
            discard(Body::from_stream(chunks)).await;
            return Err(Refusal::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}
