//! The headers of a request, which often hold a secret: no message prints a value.

use ureq::http::{HeaderName, HeaderValue};

use crate::config::pairs::pairs;
use crate::config::problems::Problems;
use crate::config::variables::Variables;
use crate::signal::Signal;

/// The headers that the transport sets itself.
const RESERVED: [&str; 9] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "grpc-encoding",
    "grpc-timeout",
    "host",
    "te",
    "transfer-encoding",
];

pub(crate) type Headers = Vec<(HeaderName, HeaderValue)>;

/// The headers of the environment, and then those of the builder, which replace them.
pub(crate) fn headers(
    variables: &Variables,
    signal: Signal,
    of_builder: &[(String, String)],
    problems: &mut Problems,
) -> Headers {
    let mut headers = Headers::new();
    if let Some(variable) = variables.of_exporter(signal, "HEADERS") {
        match pairs(variable.value) {
            Some(pairs) => add_all(&mut headers, &pairs, &variable.name, problems),
            None => problems.add(format!(
                "{} is ignored: the value is not a list of key=value pairs, or its \
                 percent-encoding is broken",
                variable.name
            )),
        }
    }
    add_all(&mut headers, of_builder, "the builder", problems);
    headers
}

fn add_all(
    headers: &mut Headers,
    pairs: &[(String, String)],
    origin: &str,
    problems: &mut Problems,
) {
    for (name, value) in pairs {
        let parsed = HeaderName::try_from(name.as_str()).ok();
        let parsed = parsed.filter(|name| !RESERVED.contains(&name.as_str()));
        let (Some(parsed), Ok(mut value)) = (parsed, HeaderValue::try_from(value.as_str())) else {
            problems.add(format!(
                "the header {name:?} of {origin} is ignored: its name or its value is invalid or \
                 reserved"
            ));
            continue;
        };
        value.set_sensitive(true);
        headers.retain(|(known, _)| *known != parsed);
        headers.push((parsed, value));
    }
}
