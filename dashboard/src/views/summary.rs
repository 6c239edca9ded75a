//! A record in a few words.

use serde_json::Value;
use whose_store::RecordRow;

use crate::format::{escape, or_dash};

/// The summary of a record: method, path and status of a request; the name of a tool; the name of
/// another span; the message of an event or error.
pub(crate) fn summary(record: &RecordRow) -> String {
    let message = record
        .message
        .as_deref()
        .map(|message| escape(message).into_owned());
    if record.record_type == "span" {
        let span = http_request(record)
            .or_else(|| tool_call(record))
            .unwrap_or_else(|| escape(&record.name).into_owned());
        return match message {
            Some(message) => format!("{span} failed: {message}"),
            None => span,
        };
    }
    message.unwrap_or_else(|| match &record.model {
        Some(model) => format!("usage of {}", escape(model)),
        None => escape(&record.name).into_owned(),
    })
}

const METHODS: [&str; 10] = [
    "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "QUERY", "CONNECT", "TRACE",
];
/// The current and older names of OpenTelemetry, and the names of `tower-http`.
const METHOD_FIELDS: [&str; 3] = ["http.request.method", "http.method", "method"];
const PATH_FIELDS: [&str; 8] = [
    "url.path",
    "http.route",
    "http.target",
    "path",
    "uri",
    "url.full",
    "http.url",
    "url",
];
const STATUS_FIELDS: [&str; 4] = [
    "http.response.status_code",
    "http.status_code",
    "status",
    "status_code",
];

fn http_request(record: &RecordRow) -> Option<String> {
    let method = first_field(record, &METHOD_FIELDS)?;
    let path = first_field(record, &PATH_FIELDS)?;
    if !METHODS.contains(&method.as_str()) {
        return None;
    }
    let line = format!("{method} {}", escape(url_path(&path)));
    Some(match first_field(record, &STATUS_FIELDS) {
        Some(status) => format!("{line} {}", escape(&status)),
        None => line,
    })
}

/// The path of a URL. The query may be long and private.
fn url_path(url: &str) -> &str {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => url,
    };
    path.split(['?', '#']).next().unwrap_or(path)
}

fn tool_call(record: &RecordRow) -> Option<String> {
    let name = first_field(record, &["gen_ai.tool.name"])?;
    Some(escape(&name).into_owned())
}

/// The first of the fields that has a value.
fn first_field(record: &RecordRow, names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| match record.fields.get(*name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
}

/// The name of the service.
pub(crate) fn service(record: &RecordRow) -> String {
    or_dash(record.service.get("name").map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_path_omits_host_query_and_fragment() {
        for (url, path) in [
            ("/a/b?token=1#x", "/a/b"),
            ("https://shop.example/a?b", "/a"),
            ("https://shop.example", "/"),
            ("/", "/"),
        ] {
            assert_eq!(url_path(url), path);
        }
    }
}
