//! The settings of the sink, resolved.

use std::time::Duration;

use ureq::http::Uri;

use crate::config::endpoint::endpoint;
use crate::config::exporters;
use crate::config::headers::{Headers, headers};
use crate::config::options::Options;
use crate::config::problems::Problems;
use crate::config::protocol::{Compression, Protocol, compression_of, protocol_of};
use crate::config::public_url::public_url;
use crate::config::resource;
use crate::config::tls;
use crate::config::variables::Variables;
use crate::encode::Resource;
use crate::signal::Signal;

/// The time that a receiver has to answer, by default.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The settings of the sink.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) traces: Export,
    pub(crate) logs: Export,
    pub(crate) resource: Resource,
}

/// What happens to the records of one signal.
#[derive(Debug)]
pub(crate) enum Export {
    /// They are sent.
    On(Box<SignalSettings>),
    /// They are not wanted.
    Off,
    /// They are wanted, and the settings cannot be used: they are dropped and counted.
    Unusable,
}

/// The settings of one signal.
#[derive(Clone, Debug)]
pub(crate) struct SignalSettings {
    pub(crate) signal: Signal,
    pub(crate) endpoint: Uri,
    pub(crate) protocol: Protocol,
    pub(crate) compression: Compression,
    pub(crate) headers: Headers,
    pub(crate) timeout: Duration,
    #[cfg_attr(not(feature = "tls"), expect(dead_code))]
    pub(crate) tls: tls::TlsFiles,
}

impl Settings {
    pub(crate) fn resolve(
        options: &Options,
        variables: &Variables,
        problems: &mut Problems,
    ) -> Self {
        let is_disabled = exporters::is_disabled(variables, problems);
        let mut export = |signal| match is_disabled
            || options.is_off(signal)
            || exporters::is_off(variables, signal, problems)
        {
            true => Export::Off,
            false => SignalSettings::resolve(options, variables, signal, problems),
        };
        let (traces, logs) = (export(Signal::Traces), export(Signal::Logs));
        let attributes = resource::attributes(variables, &options.resource, problems);
        Self {
            traces,
            logs,
            resource: Resource::new(attributes),
        }
    }
}

impl SignalSettings {
    /// The endpoint, for a message.
    pub(crate) fn shown_endpoint(&self) -> String {
        public_url(&self.endpoint.to_string())
    }

    fn resolve(
        options: &Options,
        variables: &Variables,
        signal: Signal,
        problems: &mut Problems,
    ) -> Export {
        let of_variable = protocol_of(variables, signal, problems);
        let protocol = options.protocol.or(of_variable).unwrap_or_default();
        if protocol == Protocol::Grpc && !cfg!(feature = "grpc") {
            problems.add(format!(
                "{} are dropped: the protocol grpc needs the feature `grpc` of whose-otlp",
                signal.records()
            ));
            return Export::Unusable;
        }
        let endpoint = match endpoint(options, variables, signal, protocol, problems) {
            Ok(endpoint) => endpoint,
            Err(reason) => {
                problems.add(format!("{} are dropped: {reason}", signal.records()));
                return Export::Unusable;
            }
        };
        let compression = compression_of(variables, signal, problems);
        let timeout = timeout_of(variables, signal, problems);
        let is_https = endpoint.scheme_str() == Some("https");
        Export::On(Box::new(Self {
            signal,
            protocol,
            compression: options.compression.or(compression).unwrap_or_default(),
            headers: headers(variables, signal, &options.headers, problems),
            timeout: options.timeout.or(timeout).unwrap_or(TIMEOUT),
            tls: tls::files(variables, signal, is_https, problems),
            endpoint,
        }))
    }
}

/// The timeout of the environment, in milliseconds.
fn timeout_of(variables: &Variables, signal: Signal, problems: &mut Problems) -> Option<Duration> {
    let variable = variables.of_exporter(signal, "TIMEOUT")?;
    match variable.value.parse() {
        Ok(millis @ 1..) => Some(Duration::from_millis(millis)),
        _ => {
            problems.add(format!(
                "{}={:?} is ignored, {} seconds are used: the value is not a positive number of \
                 milliseconds",
                variable.name,
                variable.value,
                TIMEOUT.as_secs()
            ));
            None
        }
    }
}
