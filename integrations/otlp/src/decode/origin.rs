//! What surrounds records: the resource and the instrumentation scope.

use std::sync::Arc;

use whose::Service;

use crate::decode::any_value::AnyValue;
use crate::decode::attribute::attributes;
use crate::decode::shared_names::SharedNames;
use crate::names;
use crate::wire::{Fields, Malformed};

/// The field of `Resource` with its attributes.
const ATTRIBUTES: u32 = 1;
/// The field of `InstrumentationScope` with its name.
const NAME: u32 = 1;

/// Where records come from.
#[derive(Clone, Debug)]
pub(super) struct Origin<'a> {
    /// The names that records share.
    pub(super) names: &'a SharedNames,
    pub(super) service: Option<Arc<Service>>,
    /// Whether `whose` made the records: their attributes are parts of a record.
    pub(super) is_own: bool,
    /// The name of the instrumentation scope: a library, or a logger.
    pub(super) scope: Arc<str>,
}

impl<'a> Origin<'a> {
    /// The origin of records without an instrumentation scope.
    pub(super) fn of_resource(
        names: &'a SharedNames,
        resource: Option<&[u8]>,
    ) -> Result<Self, Malformed> {
        let service = service(resource.unwrap_or_default())?;
        let service = Some(service).filter(|service| *service != Service::default());
        Ok(Self {
            names,
            service: service.map(Arc::new),
            is_own: false,
            scope: names.get(""),
        })
    }

    /// The origin of the records of an instrumentation scope.
    pub(super) fn in_scope(&self, scope: Option<&[u8]>) -> Result<Self, Malformed> {
        let name = Fields::new(scope.unwrap_or_default()).all(NAME).last();
        let name = String::from_utf8_lossy(name.transpose()?.unwrap_or_default());
        let is_own = name == names::SCOPE;
        let is_unnamed = |service: &Arc<Service>| {
            let name = service.name().unwrap_or_default();
            name.starts_with(names::UNKNOWN_SERVICE)
        };
        // `whose` itself has no name for a service that nobody has named.
        let service = match &self.service {
            Some(service) if is_own && is_unnamed(service) => {
                let named = Service::default()
                    .with_version(service.version())
                    .with_environment(service.environment())
                    .with_host(service.host());
                Some(named)
                    .filter(|it| *it != Service::default())
                    .map(Arc::new)
            }
            service => service.clone(),
        };
        Ok(Self {
            names: self.names,
            service,
            is_own,
            scope: self.names.get(&name),
        })
    }
}

fn service(resource: &[u8]) -> Result<Service, Malformed> {
    let mut service = Service::default();
    let mut older_environment = None;
    for attribute in attributes(resource, ATTRIBUTES) {
        let attribute = attribute?;
        let text = |value: AnyValue<'_>| value.text().map(String::from);
        match &*attribute.name {
            names::SERVICE_NAME => service = service.with_name(text(attribute.value)),
            names::SERVICE_VERSION => service = service.with_version(text(attribute.value)),
            names::ENVIRONMENT => service = service.with_environment(text(attribute.value)),
            names::OLDER_ENVIRONMENT => older_environment = text(attribute.value),
            names::HOST => service = service.with_host(text(attribute.value)),
            _ => {}
        }
    }
    Ok(match service.environment() {
        None => service.with_environment(older_environment),
        Some(_) => service,
    })
}
