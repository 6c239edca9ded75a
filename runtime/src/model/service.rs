//! Who the process itself is.

use std::borrow::Cow;
use std::env;

use crate::diagnostics::truncate::truncate_bytes;
use crate::diagnostics::{warnings, Limits};
use crate::model::as_text::AsText;

/// Which service a record comes from: its name, version, environment and host.
///
/// Given to the layer once, it is on every record:
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
/// #     tracing::info!("said");
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

        #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), "); `None` and the empty text say nothing.")]
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
    /// The service of that name.
    #[must_use]
    pub fn new(name: impl AsText) -> Self {
        Self::default().with_name(name)
    }

    /// The service as OpenTelemetry's variables describe it.
    ///
    /// `OTEL_SERVICE_NAME`, and of `OTEL_RESOURCE_ATTRIBUTES` `service.name`, `service.version`,
    /// `deployment.environment.name` (or its older name `deployment.environment`) and `host.name`,
    /// percent-decoded. `OTEL_SERVICE_NAME` wins. As the specification has it, attributes that
    /// cannot be decoded are discarded all together; the warning of it reaches the log if there is
    /// one already.
    #[must_use]
    pub fn from_env() -> Self {
        let variable = |name| env::var(name).ok();
        Self::of_variables(
            variable("OTEL_SERVICE_NAME").as_deref(),
            variable("OTEL_RESOURCE_ATTRIBUTES").as_deref(),
        )
    }

    texts! {
        /// The name, such as `checkout` (`service.name` of OpenTelemetry).
        name, with_name;
        /// The version, or release (`service.version`).
        version, with_version;
        /// The environment, such as `prod` (`deployment.environment.name`).
        environment, with_environment;
        /// The host that it runs on (`host.name`).
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
        // The last one wins where a key is there twice.
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

/// The pairs of a list `key=value,key=value`; `None` where one of them is none.
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

/// The text of which `text` is the percent-encoding; `None` where it is none.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    let Some((before, encoded)) = text.split_once('%') else {
        return Some(Cow::Borrowed(text));
    };
    let mut bytes = before.as_bytes().to_vec();
    for part in encoded.split('%') {
        let (code, rest) = part.split_at_checked(2)?;
        // `from_str_radix` alone takes a sign too.
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
}
