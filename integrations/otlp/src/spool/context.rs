//! The service of a record, as the spool keeps it.

use whose::Service;

/// The service as bytes; empty without a service.
pub(super) fn context_of(service: Option<&Service>) -> Vec<u8> {
    let Some(service) = service else {
        return Vec::new();
    };
    let parts = [
        service.name(),
        service.version(),
        service.environment(),
        service.host(),
    ];
    serde_json::to_vec(&parts).unwrap_or_default()
}

/// The service of such bytes.
pub(super) fn service_of(context: &[u8]) -> Option<Service> {
    let [name, version, environment, host]: [Option<String>; 4] =
        serde_json::from_slice(context).ok()?;
    let service = Service::new(name).with_version(version);
    Some(service.with_environment(environment).with_host(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_is_read_as_it_was_written() {
        let service = Service::new("a\"\u{0}").with_host("h");
        assert_eq!(service_of(&context_of(Some(&service))), Some(service));
        let empty = Service::default();
        assert_eq!(service_of(&context_of(Some(&empty))), Some(empty));
        assert_eq!(service_of(&context_of(None)), None);
        assert_eq!(service_of(b"{"), None, "a damaged row");
    }
}
