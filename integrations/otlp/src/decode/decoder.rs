//! From a request to its records.

use std::error::Error;
use std::fmt;
use std::time::SystemTime;

use crate::decode::decoded::{Decoded, ReceivedItem};
use crate::decode::fault::Fault;
use crate::decode::origin::Origin;
use crate::decode::shared_names::SharedNames;
use crate::decode::{log, span};
use crate::wire::{Fields, Malformed};

// `ExportTraceServiceRequest` and `ExportLogsServiceRequest`, `ResourceSpans` and `ResourceLogs`,
// `ScopeSpans` and `ScopeLogs` have the same numbers of fields.
const RESOURCE_RECORDS: u32 = 1;
const RESOURCE: u32 = 1;
const SCOPE_RECORDS: u32 = 2;
const SCOPE: u32 = 1;
const RECORDS: u32 = 2;

/// Why a request was not decoded. Nothing of the request was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes are no message of OTLP.
    Malformed,
    /// The request has more records than a [`Decoder`] takes.
    TooManyRecords {
        /// The most records of a request.
        most: usize,
    },
}

impl From<Malformed> for DecodeError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => Malformed.fmt(f),
            Self::TooManyRecords { most } => {
                write!(
                    f,
                    "a request can have at most {most} records: send smaller batches"
                )
            }
        }
    }
}

impl Error for DecodeError {}

/// Decodes requests of OTLP in protobuf.
///
/// Each record is decoded from its own attributes, its resource and its instrumentation scope. Nothing is
/// taken from another record.
#[derive(Debug, Default)]
pub struct Decoder {
    names: SharedNames,
}

impl Decoder {
    /// The most records of a request, the events of its spans among them.
    pub const MAX_RECORDS: usize = 20_000;

    /// A decoder. Keep one for all requests: records then share their names.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The spans of an `ExportTraceServiceRequest`.
    ///
    /// # Errors
    /// [`DecodeError`]; nothing is taken then.
    pub fn traces(&self, request: &[u8]) -> Result<Decoded, DecodeError> {
        self.decode(request, span::decode)
    }

    /// The log records of an `ExportLogsServiceRequest`.
    ///
    /// # Errors
    /// [`DecodeError`]; nothing is taken then.
    pub fn logs(&self, request: &[u8]) -> Result<Decoded, DecodeError> {
        self.decode(request, log::decode)
    }

    fn decode(
        &self,
        request: &[u8],
        decode: fn(&[u8], &Origin<'_>, SystemTime) -> Result<ReceivedItem, Fault>,
    ) -> Result<Decoded, DecodeError> {
        let now = SystemTime::now();
        let mut decoded = Decoded::default();
        let mut records = 0;
        for group in Fields::new(request).all(RESOURCE_RECORDS) {
            let group = group?;
            let resource = Fields::new(group).all(RESOURCE).last().transpose()?;
            let of_resource = Origin::of_resource(&self.names, resource)?;
            for scope_records in Fields::new(group).all(SCOPE_RECORDS) {
                let scope_records = scope_records?;
                let scope = Fields::new(scope_records).all(SCOPE).last().transpose()?;
                let origin = of_resource.in_scope(scope)?;
                for message in Fields::new(scope_records).all(RECORDS) {
                    match decode(message?, &origin, now) {
                        Ok(item) => {
                            records += 1 + item.events.len();
                            decoded.items.push(item);
                        }
                        Err(Fault::Malformed) => return Err(DecodeError::Malformed),
                        Err(Fault::Rejected(reason)) => decoded.reject(reason),
                    }
                    if records > Self::MAX_RECORDS {
                        let most = Self::MAX_RECORDS;
                        return Err(DecodeError::TooManyRecords { most });
                    }
                }
            }
        }
        Ok(decoded)
    }
}
