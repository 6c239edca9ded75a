//! The resource of a batch: the service that the records come from.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1;
use whose::Service;

use crate::names::{ENVIRONMENT, HOST, SERVICE_NAME, SERVICE_VERSION, UNKNOWN_SERVICE};

const SDK: [(&str, &str); 3] = [
    ("telemetry.sdk.name", "whose"),
    ("telemetry.sdk.language", "rust"),
    ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
];

/// The attributes that every record of the process has, before the service of its layer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resource {
    attributes: Vec<(String, String)>,
}

impl Resource {
    /// A resource with the attributes of the environment and of the builder. A later attribute
    /// replaces an earlier one of the same name.
    pub(crate) fn new(attributes: Vec<(String, String)>) -> Self {
        let mut resource = Self::default();
        for (name, value) in attributes {
            resource.set(&name, &value);
        }
        resource
    }

    fn set(&mut self, name: &str, value: &str) {
        match self.attributes.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => value.clone_into(known),
            None => self.attributes.push((name.to_owned(), value.to_owned())),
        }
    }

    /// The message, with the service of the records: the layer's own setting wins over the
    /// environment.
    pub(crate) fn message(&self, service: Option<&Service>) -> v1::Resource {
        let mut all = self.clone();
        for (name, value) in service.map(parts).into_iter().flatten() {
            if let Some(value) = value {
                all.set(name, value);
            }
        }
        if !all.attributes.iter().any(|(name, _)| name == SERVICE_NAME) {
            all.set(SERVICE_NAME, &unknown_service());
        }
        for (name, value) in SDK {
            all.set(name, value);
        }
        v1::Resource {
            attributes: all.attributes.into_iter().map(attribute).collect(),
            ..v1::Resource::default()
        }
    }
}

fn parts(service: &Service) -> [(&str, Option<&str>); 4] {
    [
        (SERVICE_NAME, service.name()),
        (SERVICE_VERSION, service.version()),
        (ENVIRONMENT, service.environment()),
        (HOST, service.host()),
    ]
}

/// The name that the conventions require where nobody has named the service.
fn unknown_service() -> String {
    let path = std::env::current_exe().ok();
    let program = path.as_ref().and_then(|path| path.file_name()?.to_str());
    match program {
        Some(program) => format!("{UNKNOWN_SERVICE}:{program}"),
        None => UNKNOWN_SERVICE.to_owned(),
    }
}

fn attribute((key, value): (String, String)) -> KeyValue {
    KeyValue {
        key,
        value: Some(AnyValue {
            value: Some(Value::StringValue(value)),
        }),
        ..KeyValue::default()
    }
}
