//! A record in a few words.

use serde_json::Value;
use whose::Kind;
use whose::names::{WireName, evaluation, gen_ai, http, monitor};
use whose_store::{RecordRow, ServiceTier};

use crate::values::{escape, format_number, or_dash};

/// The summary of a record: the name of a tool; model and tokens of a model call; method, path and
/// status of a request; the name of another span; name and value of a score; the job and status of a
/// check-in; the message of another event or error.
pub(crate) fn summary(record: &RecordRow) -> String {
    let message = record
        .message
        .as_deref()
        .map(|message| escape(message).into_owned());
    let name = || escape(&record.name).into_owned();
    if record.record_type == "span" {
        let span = tool_call(record)
            .or_else(|| model_call(record))
            .or_else(|| http_request(record))
            .unwrap_or_else(name);
        return match message {
            Some(message) => format!("{span} failed: {message}"),
            None => span,
        };
    }
    if let Some(check_in) = check_in(record) {
        return check_in;
    }
    match (model_call(record).or_else(|| score(record)), message) {
        (Some(call), Some(message)) => format!("{call}: {message}"),
        (Some(text), None) | (None, Some(text)) => text,
        (None, None) => name(),
    }
}

/// The name of the tool that a span runs. A tool without a name of its own is its function. A model
/// call names the tool around the call.
fn tool_call(record: &RecordRow) -> Option<String> {
    if record.model.is_some() {
        return None;
    }
    let is_tool = record.kind.as_deref() == Some(Kind::Tool.as_str());
    let name = first_field(record, gen_ai::TOOL);
    let name = name.or_else(|| is_tool.then(|| record.name.clone()))?;
    Some(escape(&name).into_owned())
}

/// The job, the status and the error of a check-in.
fn check_in(record: &RecordRow) -> Option<String> {
    if record.name != monitor::CHECK_IN_EVENT {
        return None;
    }
    let field = |name: WireName| first_field(record, name);
    let (job, status) = (field(monitor::NAME)?, field(monitor::STATUS)?);
    let line = format!("{} {}", escape(&job), escape(&status));
    Some(match field(monitor::ERROR) {
        Some(error) => format!("{line}: {}", escape(&error)),
        None => line,
    })
}

/// The model and the tokens of a model call.
fn model_call(record: &RecordRow) -> Option<String> {
    let model = escape(record.model.as_deref()?);
    let count = |tokens: Option<u64>| format_number(tokens.unwrap_or_default());
    let tokens = format!(
        "{model} {} -> {} tokens",
        count(record.input_tokens),
        count(record.output_tokens)
    );
    let part = |tokens: Option<u64>, name: &str| {
        let tokens = tokens.filter(|tokens| *tokens > 0)?;
        Some(format!("{} {name}", format_number(tokens)))
    };
    let parts = [
        part(record.cache_read_tokens, "cached"),
        part(record.cache_write_tokens, "cache writes"),
        part(record.reasoning_tokens, "reasoning"),
        special_tier(record),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    Some(match parts.is_empty() {
        true => tokens,
        false => format!("{tokens} ({})", parts.join(", ")),
    })
}

/// The name and the value of a score.
fn score(record: &RecordRow) -> Option<String> {
    let name = first_field(record, evaluation::NAME)?;
    let value = [evaluation::LABEL, evaluation::VALUE];
    let value = value
        .into_iter()
        .find_map(|name| first_field(record, name))?;
    Some(format!("{} {}", escape(&name), escape(&value)))
}

/// The service tier, except for the standard one.
fn special_tier(record: &RecordRow) -> Option<String> {
    let tier = record.service_tier.as_deref()?;
    let is_standard = tier.parse() == Ok(ServiceTier::Standard);
    (!is_standard).then(|| escape(tier).into_owned())
}

/// The method, the route or path, and the status of a request, or that the request was canceled
/// before its status.
fn http_request(record: &RecordRow) -> Option<String> {
    let path = [http::ROUTE, http::PATH, http::URL];
    let path = path
        .into_iter()
        .find_map(|name| first_field(record, name))?;
    let line = format!("{} {}", method(record)?, escape(url_path(&path)));
    let is_canceled = record.fields.get(http::CANCELED.name) == Some(&Value::Bool(true));
    Some(match first_field(record, http::STATUS_CODE) {
        Some(status) => format!("{line} {}", escape(&status)),
        None if is_canceled => format!("{line} canceled"),
        None => line,
    })
}

/// The method of a request. Other spans have a field `method` too, with other values.
fn method(record: &RecordRow) -> Option<String> {
    let method = first_field(record, http::METHOD)?;
    if method == http::OTHER_METHOD {
        let original = first_field(record, http::METHOD_ORIGINAL).unwrap_or(method);
        return Some(escape(&original).into_owned());
    }
    http::METHODS.contains(&method.as_str()).then_some(method)
}

/// The path of a URL. The query may be long and private.
fn url_path(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => url,
    }
}

/// The field by the first of its spellings that has a value.
fn first_field(record: &RecordRow, name: WireName) -> Option<String> {
    name.spellings()
        .find_map(|name| match record.fields.get(name)? {
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
            ("https://shop.example?token=/x", "/"),
            ("/next?to=https://shop.example/a", "/next"),
            ("/orders/{id}", "/orders/{id}"),
            ("/", "/"),
        ] {
            assert_eq!(url_path(url), path);
        }
    }
}
