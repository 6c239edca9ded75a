//! Signing in and out with a browser.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use super::access_policy::AccessPolicy;
use super::request_auth::set_cookie;
use super::retry_after::{seconds, with_retry_after};
use crate::pages;
use crate::url_query::UrlQuery;
use crate::values::pluralize;

/// The page with the form.
pub(crate) async fn sign_in_page() -> Response {
    sign_in_form("/", Attempt::None, false)
}

/// Answers the form: sets the cookie, and goes on to the page that the reader wanted.
pub(crate) async fn sign_in(State(policy): State<Arc<AccessPolicy>>, body: String) -> Response {
    let form = UrlQuery::parse(&body);
    let target = form.get("next").unwrap_or("/");
    let secret = form.get("token").unwrap_or_default().trim();
    match policy.keyring.cookie_value(secret) {
        Some(cookie) => signed_in(&policy, &cookie, target, false),
        None => sign_in_form(target, Attempt::failed(&policy, secret), false),
    }
}

/// Removes the cookie.
pub(crate) async fn sign_out(State(policy): State<Arc<AccessPolicy>>) -> Response {
    let mut response = go_to("/sign-in");
    if let Some(cookie) = set_cookie(policy.cookie_name(), None) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// Answers a link with a token: the address of the page that follows has no token.
pub(super) fn sign_in_by_link(
    policy: &AccessPolicy,
    secret: &str,
    target: &str,
    is_cross_site: bool,
) -> Response {
    if !policy.has_sign_in() {
        return go_to(target);
    }
    match policy.keyring.cookie_value(secret) {
        Some(cookie) => signed_in(policy, &cookie, target, is_cross_site),
        None => sign_in_form(target, Attempt::failed(policy, secret), false),
    }
}

/// What was tried before the form is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    None,
    /// A wrong token.
    Wrong,
    /// A wrong token, after many others.
    TooMany(Duration),
}

impl Attempt {
    /// Counts a wrong token.
    fn failed(policy: &AccessPolicy, secret: &str) -> Self {
        let pause = policy.wrong_secret(secret);
        pause.map_or(Self::Wrong, Self::TooMany)
    }
}

/// The form. A link on another site opens a page without the cookie: the browser then loads the page
/// once more, as a page of this server, with the cookie.
pub(super) fn sign_in_form(target: &str, attempt: Attempt, is_cross_site: bool) -> Response {
    let reload = is_cross_site.then(|| own_path(target));
    let mistake = match attempt {
        Attempt::None => None,
        Attempt::Wrong => Some("The token is not valid.".to_owned()),
        Attempt::TooMany(pause) => Some(format!(
            "Too many wrong tokens were sent. Enter the right one, or wait {} before another try.",
            pluralize(seconds(pause), "second")
        )),
    };
    let body = pages::sign_in_page(own_path(target), mistake.as_deref(), reload);
    let body = Html(body.into_string());
    match attempt {
        Attempt::TooMany(pause) => {
            with_retry_after((StatusCode::TOO_MANY_REQUESTS, body).into_response(), pause)
        }
        _ => (StatusCode::UNAUTHORIZED, body).into_response(),
    }
}

fn signed_in(policy: &AccessPolicy, cookie: &str, target: &str, is_cross_site: bool) -> Response {
    // After a link on another site, the browser would not send the cookie with a redirect.
    let mut response = match is_cross_site {
        true => Html(pages::moved_page(own_path(target)).into_string()).into_response(),
        false => go_to(target),
    };
    if let Some(cookie) = set_cookie(policy.cookie_name(), Some(cookie)) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

fn go_to(target: &str) -> Response {
    let target = HeaderValue::try_from(own_path(target));
    let target = target.unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response()
}

/// The path, or the first page if a browser would take the text for the address of another site.
fn own_path(target: &str) -> &str {
    let is_own = target.starts_with('/')
        && !target[1..].starts_with(['/', '\\'])
        && !target.contains(|c: char| c.is_ascii_control());
    if is_own { target } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn target_on_another_site_becomes_the_first_page() {
        for target in [
            "//evil.example",
            "/\\evil.example",
            "http://evil.example",
            "",
            "/a\nb",
        ] {
            assert_eq!(own_path(target), "/", "{target}");
        }
        assert_eq!(own_path("/person?id=%2F%2Fx"), "/person?id=%2F%2Fx");
    }
}
