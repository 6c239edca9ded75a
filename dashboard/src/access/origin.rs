//! Whether a request that changes something comes from a page of this server.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, Uri};

use super::hosts::{Hosts, authority_of};
use super::permission::Permission;
use super::request_auth::bearer;

/// Whether the request reads only, comes from a page of this server, or has a token in its header,
/// which no page of another site can add.
pub(super) fn is_trusted(request: &Request, hosts: &Hosts, permission: Permission) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return true;
    }
    let header = |name: &str| request.headers().get(name).map(HeaderValue::as_bytes);
    // The browser sets this header, and no page can change it.
    if let Some(site) = header("sec-fetch-site") {
        return matches!(site, b"same-origin" | b"none");
    }
    match header("origin") {
        Some(origin) => is_own_origin(origin, request, hosts),
        // The policy demands a token of every sender of records, with an answer of its own.
        None => permission == Permission::Ingest || bearer(request.headers()).is_some(),
    }
}

/// Compares host and port. The scheme differs behind a proxy that ends TLS.
fn is_own_origin(origin: &[u8], request: &Request, hosts: &Hosts) -> bool {
    let origin = Uri::try_from(origin).ok();
    let Some(origin) = origin.as_ref().and_then(Uri::authority) else {
        return false;
    };
    let is_host = authority_of(request).is_some_and(|host| host == *origin);
    is_host || hosts.is_named(origin.host())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn change_from_another_site_is_not_trusted() {
        let bearer = ("authorization", "Bearer 0123456789abcdef");
        for (headers, expected) in [
            (&[("origin", "http://127.0.0.1:7420")][..], true),
            (&[("origin", "https://whose.example.com")], true),
            (&[("origin", "http://127.0.0.1:7421")], false),
            (&[("origin", "http://evil.example")], false),
            (&[("origin", "http://evil.example"), bearer], false),
            (&[("origin", "null")], false),
            (&[("origin", "")], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "http://127.0.0.1:7420"),
                ],
                false,
            ),
            (&[bearer], true),
            (&[], false),
        ] {
            let mut request = Request::post("/forget").header("host", "127.0.0.1:7420");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let names = vec!["whose.example.com".to_owned()];
            let hosts = Hosts::new("127.0.0.1:7420".parse().unwrap(), names);
            let request = request.body(Body::empty()).unwrap();
            let is_trusted = |permission| is_trusted(&request, &hosts, permission);
            assert_eq!(is_trusted(Permission::Forget), expected, "{headers:?}");
            let of_sender = expected || headers.is_empty();
            assert_eq!(is_trusted(Permission::Ingest), of_sender, "{headers:?}");
        }
    }
}
