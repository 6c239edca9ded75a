//! What surrounds the records of a batch: the request, the resource and the instrumentation scope.

use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use prost::Message;
use whose::Service;

use crate::encode::resource::Resource;
use crate::names;
use crate::wire;

// `ExportTraceServiceRequest` and `ExportLogsServiceRequest`, `ResourceSpans` and `ResourceLogs`,
// `ScopeSpans` and `ScopeLogs` have the same numbers of fields.
const RESOURCE_RECORDS: u32 = 1;
const RESOURCE: u32 = 1;
const SCOPE_RECORDS: u32 = 2;
const SCOPE: u32 = 1;

/// The messages around the records of one service.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    resource: Vec<u8>,
    scope: Vec<u8>,
}

impl Envelope {
    pub(crate) fn new(resource: &Resource, service: Option<&Service>) -> Self {
        let scope = InstrumentationScope {
            name: names::SCOPE.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        };
        Self {
            resource: resource.message(service).encode_to_vec(),
            scope: scope.encode_to_vec(),
        }
    }

    /// A request with these records, which are elements of a repeated field.
    pub(crate) fn request(&self, records: &[u8]) -> Vec<u8> {
        let scope_records = wire::bytes_len(self.scope.len()) + records.len();
        let resource_records =
            wire::bytes_len(self.resource.len()) + wire::bytes_len(scope_records);
        let mut out = Vec::with_capacity(wire::bytes_len(resource_records));
        wire::message_head(&mut out, RESOURCE_RECORDS, resource_records);
        wire::bytes(&mut out, RESOURCE, &self.resource);
        wire::message_head(&mut out, SCOPE_RECORDS, scope_records);
        wire::bytes(&mut out, SCOPE, &self.scope);
        out.extend_from_slice(records);
        out
    }
}
