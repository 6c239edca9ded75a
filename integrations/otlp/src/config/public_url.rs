//! URLs in messages.

/// The URL without a password and without a query, which can hold a key.
pub(crate) fn public_url(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}***@{host}"),
        None => format!("{scheme}{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_and_query_are_not_shown() {
        for (url, shown) in [
            ("http://host:1/path", "http://host:1/path"),
            ("http://u:secret@host/p?key=secret#s", "http://***@host/p"),
            ("u:sec/ret@host", "***@host"),
            ("host:4317", "host:4317"),
            ("", ""),
        ] {
            assert_eq!(public_url(url), shown);
        }
    }
}
