//! Where a signal is sent to.

use ureq::http::Uri;

use crate::config::options::Options;
use crate::config::problems::Problems;
use crate::config::protocol::Protocol;
use crate::config::public_url::public_url;
use crate::config::variables::{Variables, boolean};
use crate::signal::Signal;

/// The usual ports.
const HTTP_PORT: u16 = 4318;
const GRPC_PORT: u16 = 4317;

/// An endpoint as it was given.
struct Given<'a> {
    text: &'a str,
    origin: String,
    /// Whether the path of the signal is added.
    is_base: bool,
}

/// The endpoint of a signal.
///
/// # Errors
/// Why the endpoint cannot be used.
pub(crate) fn endpoint(
    options: &Options,
    variables: &Variables,
    signal: Signal,
    protocol: Protocol,
    problems: &mut Problems,
) -> Result<Uri, String> {
    let Some(given) = given(options, variables, signal) else {
        let port = match protocol {
            Protocol::HttpProtobuf => HTTP_PORT,
            Protocol::Grpc => GRPC_PORT,
        };
        let path = match protocol {
            Protocol::HttpProtobuf => signal.http_path(),
            Protocol::Grpc => "",
        };
        let default = format!("http://localhost:{port}/{path}");
        return default
            .parse()
            .map_err(|error| format!("{default}: {error}"));
    };
    let uri = match protocol {
        Protocol::HttpProtobuf => http(&given, signal)?,
        Protocol::Grpc => grpc(&given, variables, signal, problems)?,
    };
    warn_about_port(&given, &uri, protocol, problems);
    Ok(uri)
}

fn given<'a>(options: &'a Options, variables: &'a Variables, signal: Signal) -> Option<Given<'a>> {
    let builder = |text, is_base| Given {
        text,
        origin: "the endpoint of the builder".to_owned(),
        is_base,
    };
    let of_signal = options.endpoint_of(signal).map(|text| builder(text, false));
    let of_all = || Some(builder(options.endpoint.as_deref()?, true));
    let of_variable = || {
        let variable = variables.of_exporter(signal, "ENDPOINT")?;
        Some(Given {
            text: variable.value,
            origin: variable.name,
            is_base: !variable.is_of_signal,
        })
    };
    of_signal.or_else(of_all).or_else(of_variable)
}

/// An endpoint of OTLP over HTTP: the one of a signal as it is, a common one with the path of the
/// signal.
fn http(given: &Given<'_>, signal: Signal) -> Result<Uri, String> {
    let uri = parse(given, given.text)?;
    check_scheme(given, &uri)?;
    if !given.is_base {
        return Ok(uri);
    }
    if uri.query().is_some() {
        let origin = &given.origin;
        return Err(format!(
            "{origin} has a query: set the endpoint of each signal instead"
        ));
    }
    let base = given.text.trim_end_matches('/');
    parse(given, &format!("{base}/{}", signal.http_path()))
}

/// An endpoint of OTLP over gRPC: a scheme, a host and a port.
fn grpc(
    given: &Given<'_>,
    variables: &Variables,
    signal: Signal,
    problems: &mut Problems,
) -> Result<Uri, String> {
    let insecure = variables.of_exporter(signal, "INSECURE");
    let is_insecure = insecure
        .as_ref()
        .is_some_and(|variable| boolean(&variable.name, variable.value, problems));
    let scheme = if is_insecure { "http" } else { "https" };
    let has_scheme = given.text.contains("://");
    let uri = match has_scheme {
        true => parse(given, given.text)?,
        false => parse(given, &format!("{scheme}://{}", given.text))?,
    };
    check_scheme(given, &uri)?;
    if is_insecure && has_scheme && uri.scheme_str() == Some("https") {
        let name = insecure.map(|variable| variable.name).unwrap_or_default();
        let origin = &given.origin;
        problems.add(format!(
            "{name}=true has no effect: {origin} begins with https"
        ));
    }
    if !matches!(uri.path(), "" | "/") {
        let origin = &given.origin;
        problems.add(format!(
            "the path of {origin} has no effect: gRPC has no paths"
        ));
    }
    Ok(uri)
}

fn parse(given: &Given<'_>, text: &str) -> Result<Uri, String> {
    let (origin, shown) = (&given.origin, public_url(text));
    let uri: Uri = text
        .parse()
        .map_err(|error| format!("{origin} ({shown:?}) is not a URL: {error}"))?;
    match uri.host() {
        Some(host) if !host.is_empty() => Ok(uri),
        _ => Err(format!("{origin} ({shown:?}) has no host")),
    }
}

fn check_scheme(given: &Given<'_>, uri: &Uri) -> Result<(), String> {
    let (origin, text) = (&given.origin, public_url(given.text));
    match uri.scheme_str() {
        Some("http") => Ok(()),
        Some("https") if cfg!(feature = "tls") => Ok(()),
        Some("https") => Err(format!(
            "{origin} begins with https: build whose-otlp with the feature `tls`"
        )),
        _ => Err(format!(
            "{origin} ({text:?}) does not begin with http:// or https://"
        )),
    }
}

/// Warns where the port is the usual one of the other protocol.
fn warn_about_port(given: &Given<'_>, uri: &Uri, protocol: Protocol, problems: &mut Problems) {
    let (other, name, used) = match protocol {
        Protocol::HttpProtobuf => (GRPC_PORT, "grpc", "http/protobuf"),
        Protocol::Grpc => (HTTP_PORT, "http/protobuf", "grpc"),
    };
    if uri.port_u16() == Some(other) {
        let origin = &given.origin;
        problems.add(format!(
            "{origin} has port {other}, the usual port of {name}, and the protocol is {used}"
        ));
    }
}
