//! What a record is about, in a few words.

use serde_json::Value;
use whose_store::RecordRow;

use crate::text::{or_none, shown};

/// A request of a server or a client says method, path and status; a tool its name; another span
/// its name; an event or error its message.
pub(crate) fn what(record: &RecordRow) -> String {
    let message = record
        .message
        .as_deref()
        .map(|message| shown(message).into_owned());
    if record.record_type == "span" {
        let span = http(record)
            .or_else(|| tool(record))
            .unwrap_or_else(|| shown(&record.name).into_owned());
        return match message {
            Some(message) => format!("{span} failed: {message}"),
            None => span,
        };
    }
    message.unwrap_or_else(|| match &record.model {
        Some(model) => format!("usage of {}", shown(model)),
        None => shown(&record.name).into_owned(),
    })
}

const METHODS: [&str; 10] = [
    "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "QUERY", "CONNECT", "TRACE",
];
/// The names of OpenTelemetry, the older ones, and those of `tower-http`.
const METHOD: [&str; 3] = ["http.request.method", "http.method", "method"];
const PATH: [&str; 8] = [
    "url.path",
    "http.route",
    "http.target",
    "path",
    "uri",
    "url.full",
    "http.url",
    "url",
];
const STATUS: [&str; 4] = [
    "http.response.status_code",
    "http.status_code",
    "status",
    "status_code",
];

fn http(record: &RecordRow) -> Option<String> {
    let method = field(record, &METHOD)?;
    let path = field(record, &PATH)?;
    if !METHODS.contains(&method.as_str()) {
        return None;
    }
    let line = format!("{method} {}", shown(path_of(&path)));
    Some(match field(record, &STATUS) {
        Some(status) => format!("{line} {}", shown(&status)),
        None => line,
    })
}

/// The path of a URL: what comes after it can be long, and is nobody's business in a list.
fn path_of(url: &str) -> &str {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => url,
    };
    path.split(['?', '#']).next().unwrap_or(path)
}

fn tool(record: &RecordRow) -> Option<String> {
    let name = field(record, &["gen_ai.tool.name"])?;
    Some(shown(&name).into_owned())
}

/// The first of the fields that there is.
fn field(record: &RecordRow, names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| match record.fields.get(*name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
}

/// The name of the service that a record comes from.
pub(crate) fn service(record: &RecordRow) -> String {
    or_none(record.service.get("name").map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_a_url_is_without_host_query_and_fragment() {
        for (url, path) in [
            ("/a/b?token=1#x", "/a/b"),
            ("https://shop.example/a?b", "/a"),
            ("https://shop.example", "/"),
            ("/", "/"),
        ] {
            assert_eq!(path_of(url), path);
        }
    }
}
