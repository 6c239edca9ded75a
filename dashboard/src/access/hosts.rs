//! The hosts that the server answers for, against DNS rebinding.

use std::net::{IpAddr, SocketAddr};

use axum::extract::Request;
use axum::http::header;
use axum::http::uri::Authority;

/// The hosts that a request can name.
///
/// A page of another site can make its own name resolve to this server. The browser then treats the
/// server as a part of that site, but still sends the name of the site as the host. An IP address
/// cannot be made to resolve to another one.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    bound: IpAddr,
    names: Vec<String>,
}

impl Hosts {
    /// The loopback names, the bound address, and further names.
    pub(crate) fn new(bound: SocketAddr, names: Vec<String>) -> Self {
        let names = names.iter().map(|name| normalized(name)).collect();
        let bound = bound.ip();
        Self { bound, names }
    }

    /// Whether the request names a host of this server.
    pub(super) fn accepts(&self, request: &Request) -> bool {
        let of_uri = request.uri().authority().map(Authority::host);
        let header = authority_of(request);
        let of_header = header.as_ref().map(Authority::host);
        let mut named = of_uri.into_iter().chain(of_header).peekable();
        named.peek().is_some() && named.all(|host| self.is_own(host))
    }

    /// Whether the authority of an `Origin` is a further name of this server.
    pub(super) fn is_named(&self, host: &str) -> bool {
        self.names.contains(&normalized(host))
    }

    fn is_own(&self, host: &str) -> bool {
        let host = normalized(host);
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => {
                address.is_loopback() || self.bound.is_unspecified() || address == self.bound
            }
            Err(_) => host == "localhost" || self.names.contains(&host),
        }
    }
}

/// The authority in the header `Host`.
pub(super) fn authority_of(request: &Request) -> Option<Authority> {
    let host = request.headers().get(header::HOST)?;
    Authority::try_from(host.as_bytes()).ok()
}

fn normalized(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn accepts(bound: &str, host: &str) -> bool {
        let names = vec!["Whose.Example.com".to_owned()];
        let hosts = Hosts::new(bound.parse().unwrap(), names);
        let request = Request::builder().header("host", host);
        hosts.accepts(&request.body(Body::empty()).unwrap())
    }

    #[test]
    fn only_own_hosts_are_accepted() {
        for (bound, host, expected) in [
            ("127.0.0.1:7420", "127.0.0.1:7420", true),
            ("127.0.0.1:7420", "localhost:8080", true),
            ("127.0.0.1:7420", "LOCALHOST.", true),
            ("127.0.0.1:7420", "[::1]:7420", true),
            ("127.0.0.1:7420", "whose.example.com", true),
            ("127.0.0.1:7420", "evil.example:7420", false),
            ("127.0.0.1:7420", "localhost.evil.example", false),
            ("127.0.0.1:7420", "127.0.0.1.evil.example", false),
            ("127.0.0.1:7420", "evil@127.0.0.1", true),
            ("127.0.0.1:7420", "10.0.0.5", false),
            ("127.0.0.1:7420", "", false),
            ("10.0.0.5:7420", "10.0.0.5:7420", true),
            ("10.0.0.5:7420", "10.0.0.6:7420", false),
            ("0.0.0.0:7420", "10.0.0.6:7420", true),
            ("0.0.0.0:7420", "evil.example", false),
        ] {
            assert_eq!(accepts(bound, host), expected, "{bound} {host}");
        }
    }

    #[test]
    fn request_without_a_host_is_refused() {
        let hosts = Hosts::new("127.0.0.1:7420".parse().unwrap(), Vec::new());
        assert!(!hosts.accepts(&Request::new(Body::empty())));
    }
}
