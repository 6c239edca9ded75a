//! The settings of the environment and the builder.

use std::time::Duration;

use crate::config::options::Options;
use crate::config::problems::Problems;
use crate::config::protocol::{Compression, Protocol};
use crate::config::settings::{Export, Settings, SignalSettings};
use crate::config::variables::Variables;

fn resolve(options: &Options, variables: &[(&str, &str)]) -> (Settings, String) {
    let mut problems = Problems::default();
    let settings = Settings::resolve(options, &Variables::of(variables), &mut problems);
    (settings, problems.warning().unwrap_or_default())
}

fn traces(options: &Options, variables: &[(&str, &str)]) -> (Box<SignalSettings>, String) {
    let (settings, warning) = resolve(options, variables);
    match settings.traces {
        Export::On(traces) => (traces, warning),
        other => panic!("{other:?}: {warning}"),
    }
}

fn endpoints(options: &Options, variables: &[(&str, &str)]) -> [String; 2] {
    let (settings, warning) = resolve(options, variables);
    [settings.traces, settings.logs].map(|export| match export {
        Export::On(settings) => settings.endpoint.to_string(),
        other => panic!("{other:?}: {warning}"),
    })
}

#[test]
fn no_setting_gives_the_defaults_of_the_specification() {
    let (traces, warning) = traces(&Options::default(), &[]);
    assert_eq!(warning, "");
    assert_eq!(
        traces.endpoint.to_string(),
        "http://localhost:4318/v1/traces"
    );
    assert_eq!(traces.protocol, Protocol::HttpProtobuf);
    assert_eq!(traces.compression, Compression::None);
    assert_eq!(traces.timeout, Duration::from_secs(10));
    assert!(traces.headers.is_empty());
}

#[test]
fn endpoint_of_a_signal_is_used_as_it_is_and_a_common_one_gets_the_path() {
    let none = Options::default();
    let common = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:1/base/");
    let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t:2/own");
    assert_eq!(
        endpoints(&none, &[common, own]),
        ["http://t:2/own", "http://c:1/base/v1/logs"]
    );
    let empty = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", " ");
    assert_eq!(
        endpoints(&none, &[common, empty])[0],
        "http://c:1/base/v1/traces"
    );
    let builder = Options {
        endpoint: Some("http://b:3".to_owned()),
        logs_endpoint: Some("http://l:4/x".to_owned()),
        ..Options::default()
    };
    assert_eq!(
        endpoints(&builder, &[common, own]),
        ["http://b:3/v1/traces", "http://l:4/x"]
    );
}

#[test]
fn setting_of_a_signal_wins_over_the_common_one() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2500"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "none"),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=1,b=2"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "X-Key=a%20b, c=d"),
    ];
    let (traces, warning) = traces(&Options::default(), &variables);
    assert_eq!(warning, "");
    assert_eq!(traces.timeout, Duration::from_millis(2_500));
    assert_eq!(traces.compression, Compression::Gzip);
    let headers = traces.headers.iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    let headers: Vec<_> = headers.collect();
    assert_eq!(headers, [("x-key", "a b"), ("c", "d")]);
}

#[test]
fn unknown_values_are_ignored_with_one_warning() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "secret"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_SDK_DISABLED", "yes"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a"),
    ];
    let (traces, warning) = traces(&Options::default(), &variables);
    assert_eq!(traces.protocol, Protocol::HttpProtobuf);
    assert_eq!(traces.compression, Compression::None);
    assert_eq!(traces.timeout, Duration::from_secs(10));
    for (name, _) in variables {
        assert_eq!(warning.matches(name).count(), 1, "{name}: {warning}");
    }
    assert!(!warning.contains("secret"), "{warning}");
}

#[test]
fn reserved_or_hostile_header_is_ignored_and_its_value_is_not_shown() {
    let list = "content-length=5,x=a%0D%0Ay: secret,ok=1,b%C3%A9=secret";
    let (traces, warning) = traces(&Options::default(), &[("OTEL_EXPORTER_OTLP_HEADERS", list)]);
    assert_eq!(traces.headers.len(), 1);
    assert_eq!(warning.matches("is ignored").count(), 3, "{warning}");
    assert!(!warning.contains("secret"), "{warning}");
    assert!(!format!("{traces:?}").contains("\"1\""), "{traces:?}");
}

#[test]
fn unusable_endpoint_drops_the_signal_with_a_reason() {
    for (endpoint, reason) in [
        ("no url at all", "is not a URL"),
        ("localhost:4318", "does not begin with http"),
        ("ftp://host/", "does not begin with http"),
        ("http://", "is not a URL"),
        ("/v1/traces", "has no host"),
        ("http://host/?key=1", "has a query"),
    ] {
        let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)];
        let (settings, warning) = resolve(&Options::default(), &variables);
        assert!(matches!(settings.traces, Export::Unusable), "{endpoint}");
        assert!(warning.contains(reason), "{endpoint}: {warning}");
        assert!(warning.contains("spans are dropped"), "{warning}");
    }
}

#[test]
fn disabled_sdk_and_exporter_none_send_nothing_without_a_warning() {
    let (settings, warning) = resolve(&Options::default(), &[("OTEL_SDK_DISABLED", "TRUE")]);
    assert!(matches!(
        (settings.traces, settings.logs),
        (Export::Off, Export::Off)
    ));
    assert_eq!(warning, "");
    let (settings, warning) = resolve(&Options::default(), &[("OTEL_LOGS_EXPORTER", "none")]);
    assert!(matches!(
        (settings.traces, settings.logs),
        (Export::On(_), Export::Off)
    ));
    assert_eq!(warning, "");
    let (settings, _) = resolve(&Options::default(), &[("OTEL_SDK_DISABLED", "false")]);
    assert!(matches!(settings.logs, Export::On(_)));
}

#[test]
fn contradictory_settings_are_named() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:4317"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key.pem"),
    ];
    let (_, warning) = traces(&Options::default(), &variables);
    assert!(
        warning.contains("port 4317, the usual port of grpc"),
        "{warning}"
    );
    assert!(
        warning.contains("OTEL_EXPORTER_OTLP_CERTIFICATE has no effect"),
        "{warning}"
    );
    assert!(
        warning.contains("needs a certificate and a key"),
        "{warning}"
    );
}

#[cfg(not(feature = "grpc"))]
#[test]
fn grpc_without_its_feature_drops_the_signal() {
    let variables = [("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc")];
    let (settings, warning) = resolve(&Options::default(), &variables);
    assert!(matches!(
        (settings.traces, settings.logs),
        (Export::Unusable, Export::On(_))
    ));
    assert!(warning.contains("needs the feature `grpc`"), "{warning}");
}

#[cfg(all(feature = "grpc", feature = "tls"))]
#[test]
fn grpc_endpoint_without_scheme_uses_tls_unless_it_is_insecure() {
    let protocol = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "host:4317");
    let none = Options::default();
    assert_eq!(
        endpoints(&none, &[protocol, endpoint])[0],
        "https://host:4317/"
    );
    let insecure = ("OTEL_EXPORTER_OTLP_INSECURE", "true");
    assert_eq!(
        endpoints(&none, &[protocol, endpoint, insecure])[0],
        "http://host:4317/"
    );
    let https = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://host:4317/path");
    let (_, warning) = resolve(&none, &[protocol, https, insecure]);
    assert!(warning.contains("INSECURE=true has no effect"), "{warning}");
    assert!(warning.contains("gRPC has no paths"), "{warning}");
    assert_eq!(endpoints(&none, &[protocol])[0], "http://localhost:4317/");
}
