//! A client for the answers of the servers.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The time in which a server has to show what it has accepted.
const PATIENCE: Duration = Duration::from_secs(90);

/// Returns the JSON answer of a GET, with the query of these names and values. The answer is null where
/// the server does not know the path yet (404).
///
/// # Panics
///
/// If the server does not answer with JSON and a status of success.
#[must_use]
pub fn get(url: &str, query: &[(&str, &str)]) -> Value {
    let request = ureq::get(url).query_pairs(query.iter().copied());
    let mut response = match request.call() {
        Ok(response) => response,
        Err(ureq::Error::StatusCode(404)) => return Value::Null,
        Err(error) => panic!("GET {url}: {error}"),
    };
    let read = response
        .body_mut()
        .with_config()
        .limit(100 << 20)
        .read_json();
    read.unwrap_or_else(|error| panic!("GET {url}: {error}"))
}

/// Returns the JSON answer of a GET with these headers.
///
/// # Panics
///
/// If the server does not answer with JSON and a status of success.
#[must_use]
pub fn get_with_headers(url: &str, headers: &HashMap<String, String>) -> Value {
    let mut request = ureq::get(url);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let mut response = request
        .call()
        .unwrap_or_else(|error| panic!("GET {url}: {error}"));
    let read = response.body_mut().read_json();
    read.unwrap_or_else(|error| panic!("GET {url}: {error}"))
}

/// Returns the JSON answer of a POST of JSON.
///
/// # Panics
///
/// If the server does not answer with JSON and a status of success.
#[must_use]
pub fn post(url: &str, body: &Value) -> Value {
    let mut response = ureq::post(url)
        .send_json(body)
        .unwrap_or_else(|error| panic!("POST {url}: {error}"));
    let read = response
        .body_mut()
        .with_config()
        .limit(100 << 20)
        .read_json();
    read.unwrap_or_else(|error| panic!("POST {url}: {error}"))
}

/// Asks until the answer is complete, or the time is over. Returns the last answer.
pub fn poll<T>(mut ask: impl FnMut() -> T, is_complete: impl Fn(&T) -> bool) -> T {
    let began = Instant::now();
    loop {
        let answer = ask();
        if is_complete(&answer) || began.elapsed() > PATIENCE {
            return answer;
        }
        thread::sleep(Duration::from_millis(250));
    }
}
