//! The service that a process runs.

use std::borrow::Cow;
use std::env;

use crate::diagnostics::truncate::truncate_bytes;
use crate::diagnostics::{warnings, Limits};
use crate::model::as_text::AsText;

/// The service that a record comes from: name, version, environment and host.
///
/// Pass the service to [`Layer::with_service`](crate::Layer::with_service). Every record of the
/// layer then carries the service:
///
/// ```
/// use tracing_subscriber::prelude::*;
/// use whose::Service;
/// # use std::sync::Arc;
/// # struct MySink;
/// # impl whose::RecordSink for MySink {
/// #     fn record(&self, record: &Arc<whose::Record>) {
/// #         assert_eq!(record.service().unwrap().name(), Some("checkout"));
/// #     }
/// # }
///
/// let service = Service::new("checkout").with_version("1.2").with_environment("prod");
/// let layer = whose::layer().with_service(service).with_sink(MySink);
/// # tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
/// #     tracing::info!("started");
/// # });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    name: Option<Box<str>>,
    version: Option<Box<str>>,
    environment: Option<Box<str>>,
    host: Option<Box<str>>,
}

macro_rules! texts {
    ($($(#[$doc:meta])* $field:ident, $with:ident;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $field(&self) -> Option<&str> {
            self.$field.as_deref()
        }

        #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), "). `None` and the empty text set nothing.")]
        #[must_use]
        pub fn $with(mut self, text: impl AsText) -> Self {
            if let Some(text) = text.as_text().filter(|text| !text.is_empty()) {
                self.$field = Some(truncate_bytes(&text, Limits::ID_BYTES).into());
            }
            self
        }
    )*};
}

impl Service {
    /// A service with the given name.
    #[must_use]
    pub fn new(name: impl AsText) -> Self {
        Self::default().with_name(name)
    }

    /// The service that OpenTelemetry's environment variables describe.
    ///
    /// `OTEL_SERVICE_NAME` sets the name. `OTEL_RESOURCE_ATTRIBUTES` sets the name (`service.name`)
    /// where `OTEL_SERVICE_NAME` is not set, and the version (`service.version`), the environment
    /// (`deployment.environment.name`, or its older name `deployment.environment`) and the host
    /// (`host.name`). Values are percent-decoded.
    ///
    /// Where one attribute cannot be decoded, all attributes are discarded, as the specification
    /// requires. A subscriber that is installed before this call logs a warning about it.
    ///
    /// ```
    /// use whose::Service;
    ///
    /// let service = Service::from_env().with_version(env!("CARGO_PKG_VERSION"));
    /// assert_eq!(service.version(), Some(env!("CARGO_PKG_VERSION")));
    /// ```
    #[must_use]
    pub fn from_env() -> Self {
        let variable = |name| env::var(name).ok();
        Self::of_variables(
            variable("OTEL_SERVICE_NAME").as_deref(),
            variable("OTEL_RESOURCE_ATTRIBUTES").as_deref(),
        )
    }

    texts! {
        /// The name, such as `checkout` (OpenTelemetry: `service.name`).
        name, with_name;
        /// The version or release (OpenTelemetry: `service.version`).
        version, with_version;
        /// The environment, such as `prod` (OpenTelemetry: `deployment.environment.name`).
        environment, with_environment;
        /// The host that the service runs on (OpenTelemetry: `host.name`).
        host, with_host;
    }

    fn of_variables(name: Option<&str>, attributes: Option<&str>) -> Self {
        let attributes = pairs(attributes.unwrap_or_default()).unwrap_or_else(|| {
            tracing::warn!(
                target: warnings::TARGET,
                "OTEL_RESOURCE_ATTRIBUTES is discarded: it is not a list of key=value pairs, or \
                 its percent-encoding is broken"
            );
            Vec::new()
        });
        // The last value of a repeated key wins.
        let attribute = |wanted: &str| {
            attributes
                .iter()
                .rev()
                .find(|(key, value)| key == wanted && !value.is_empty())
                .map(|(_, value)| &**value)
        };
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        Self::new(name.or_else(|| attribute("service.name")))
            .with_version(attribute("service.version"))
            .with_environment(
                attribute("deployment.environment.name")
                    .or_else(|| attribute("deployment.environment")),
            )
            .with_host(attribute("host.name"))
    }
}

/// The pairs of a list `key=value,key=value`; `None` if one entry is not a pair.
fn pairs(list: &str) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
    list.split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=')?;
            let key = decoded(key.trim())?;
            (!key.is_empty()).then_some((key, decoded(value.trim())?))
        })
        .collect()
}

/// Percent-decodes `text`; `None` if the encoding is broken.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    let Some((before, encoded)) = text.split_once('%') else {
        return Some(Cow::Borrowed(text));
    };
    let mut bytes = before.as_bytes().to_vec();
    for part in encoded.split('%') {
        let (code, rest) = part.split_at_checked(2)?;
        // `from_str_radix` accepts a sign, which percent-encoding does not.
        if !code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn opentelemetry_variables_name_service() {
        let all = "service.name=a, service.version=1.2 ,deployment.environment.name=prod,\
                   deployment.environment=old,host.name=h%201,other=x";
        let service = Service::of_variables(None, Some(all));
        let expected = Service::new("a")
            .with_version("1.2")
            .with_environment("prod")
            .with_host("h 1");
        assert_eq!(service, expected);
        assert_eq!(
            Service::of_variables(Some("b"), Some(all)).name(),
            Some("b")
        );
        for nothing in [Some(""), Some("  "), None] {
            assert_eq!(
                Service::of_variables(nothing, Some(all)).name(),
                Some("a"),
                "an empty variable is as good as none"
            );
        }
        let older = Service::of_variables(None, Some("deployment.environment=stage"));
        assert_eq!((older.environment(), older.name()), (Some("stage"), None));
    }

    #[test]
    fn attributes_are_percent_decoded() {
        let name = |list| {
            Service::of_variables(None, Some(list))
                .name()
                .map(String::from)
        };
        assert_eq!(name("service.name=a%2Cb%3Dc").as_deref(), Some("a,b=c"));
        assert_eq!(name("service%2ename=caf%C3%A9").as_deref(), Some("café"));
        assert_eq!(name("service.name=a=b").as_deref(), Some("a=b"));
        assert_eq!(name("service.name=a,service.name=b,").as_deref(), Some("b"));
    }

    #[test]
    fn undecodable_attribute_discards_all_attributes() {
        for broken in ["x", "=x", "x=%", "x=%4", "x=%+1", "x=%zz", "x=%FF", "x=%é"] {
            let list = format!("service.name=a,{broken}");
            assert_eq!(
                Service::of_variables(None, Some(&list)),
                Service::default(),
                "{broken}"
            );
            let named = Service::of_variables(Some("b"), Some(&list));
            assert_eq!(named.name(), Some("b"), "{broken}");
        }
    }

    // `PROPTEST_CASES` sets the number of lists: see CONTRIBUTING.md.
    proptest! {
        #[test]
        fn encoded_pairs_are_read_as_they_were(
            written in prop::collection::vec(("[a-z].{0,6}", "([a-z]|.){0,6}"), 0..6),
        ) {
            let encoded = |text: &str| -> String {
                let is_plain = |byte: u8| byte.is_ascii_alphanumeric();
                let bytes = text.bytes().map(|byte| match is_plain(byte) {
                    true => char::from(byte).to_string(),
                    false => format!("%{byte:02X}"),
                });
                bytes.collect()
            };
            let list: Vec<_> = written
                .iter()
                .map(|(key, value)| format!("{} = {}", encoded(key), encoded(value)))
                .collect();
            let list = list.join(" ,");
            let read = pairs(&list).unwrap();
            let read: Vec<_> = read.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
            prop_assert_eq!(read, written);
        }

        #[test]
        fn any_list_is_read_or_discarded(list in "([%=, aé0-9A-F+-]|.){0,40}") {
            let _ = pairs(&list);
        }
    }
}
