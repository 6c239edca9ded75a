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
