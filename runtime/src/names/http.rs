//! The names of HTTP requests.
//!
//! The names that are written follow OpenTelemetry's semantic conventions for HTTP, which are stable
//! since version [`CONVENTIONS`].
//!
//! The aliases come from
//! - earlier versions of the conventions (`http.method`, `http.target`, ..),
//! - `tower-http` (`method`, `uri`, `status`, ..), whose bare names other spans use too: check the value.

use crate::names::wire_name::wire_names;
use crate::names::WireName;

/// The version of the semantic conventions since which the names of HTTP are stable.
pub const CONVENTIONS: &str = "1.23.0";

/// The methods that the conventions know.
pub const METHODS: [&str; 10] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY",
];

/// The value of [`METHOD`] for a method that the conventions do not know.
pub const OTHER_METHOD: &str = "_OTHER";

/// The value of [`ERROR_TYPE`] for an error whose type is not known.
pub const OTHER_ERROR: &str = "_OTHER";

/// The value of [`ERROR_TYPE`] for a panic.
pub const PANIC: &str = "panic";

/// The name of the span of a request that a service receives.
pub const SERVER_SPAN: &str = "http.server";

/// The name of the span of a request that a client sends.
pub const CLIENT_SPAN: &str = "http.client";

/// The target of both spans, for filters.
pub const TARGET: &str = "whose::http";

wire_names! {
    /// The method: one of [`METHODS`], or [`OTHER_METHOD`].
    METHOD = "http.request.method", also "http.method" "method";
    /// The method as the client sent it, if `METHOD` differs.
    METHOD_ORIGINAL = "http.request.method_original";
    /// The route: the path with placeholders, such as `/orders/{id}`.
    ROUTE = "http.route";
    /// The path, in the older conventions with the query.
    PATH = "url.path", also "http.target" "path" "uri";
    /// The whole URL.
    URL = "url.full", also "http.url" "url";
    /// The status code of the response.
    STATUS_CODE = "http.response.status_code", also "http.status_code" "status_code" "status";
    /// Why the request failed: the status code as text, the type of the error, or [`PANIC`].
    ERROR_TYPE = "error.type";
    /// Whether the request was canceled before its end: the client closed the connection, or a timeout
    /// dropped the request. The
    /// conventions have no name for that.
    CANCELED = "whose.http.canceled";
    /// The query without the `?`.
    QUERY = "url.query";
    /// The header `User-Agent`.
    USER_AGENT = "user_agent.original", also "http.user_agent";
    /// The address of the client.
    CLIENT_ADDRESS = "client.address", also "http.client_ip";
    /// The host that a client asks.
    SERVER_ADDRESS = "server.address", also "net.peer.name";
    /// The port that a client asks, if the URL has one.
    SERVER_PORT = "server.port", also "net.peer.port";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_spelling_has_one_meaning() {
        let mut known = HashSet::new();
        for spelling in ALL.iter().flat_map(|name| name.spellings()) {
            assert!(known.insert(spelling), "{spelling} has two meanings");
        }
        assert!(!METHODS.contains(&OTHER_METHOD));
    }
}
