//! The secrets that a request carries.

use axum::http::{HeaderMap, HeaderValue, header};

/// The secret of `Authorization: Bearer SECRET`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(header::COOKIE).iter();
    let mut pairs = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The header that sets the cookie of a browser that has signed in, or with no value removes the
/// cookie. The cookie ends with the browser.
pub(super) fn set_cookie(name: &str, value: Option<&str>) -> Option<HeaderValue> {
    let end = if value.is_none() { "; Max-Age=0" } else { "" };
    let value = value.unwrap_or_default();
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{end}");
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_among_other_values() {
        let mut headers = HeaderMap::new();
        headers.append("cookie", HeaderValue::from_static("a=1; whose_1=x=y; b"));
        headers.append("cookie", HeaderValue::from_static("whose_2=z"));
        assert_eq!(cookie(&headers, "whose_1"), Some("x=y"));
        assert_eq!(cookie(&headers, "whose_2"), Some("z"));
        assert_eq!(cookie(&headers, "whose"), None);
        assert_eq!(bearer(&headers), None);
        for (value, expected) in [
            ("bearer abc", Some("abc")),
            ("Basic abc", None),
            ("abc", None),
        ] {
            headers.insert("authorization", HeaderValue::from_static(value));
            assert_eq!(bearer(&headers), expected);
        }
    }
}
