//! The layer before every route.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::access_policy::{AccessPolicy, Refusal};
use super::permission::Permission;
use super::refused_body::discard;
use super::retry_after::with_retry_after;
use super::security_headers;
use super::sign_in::{Attempt, sign_in_by_link, sign_in_form};
use crate::url_query::UrlQuery;

/// Refuses requests that the policy does not permit, states the viewer of the others as an extension,
/// and adds the security headers to every answer.
pub(crate) async fn guard(
    State(policy): State<Arc<AccessPolicy>>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut response = match checked(&policy, &mut request) {
        Ok(()) => next.run(request).await,
        Err(response) => {
            // Only senders of records send large bodies.
            if Permission::of(request.method(), request.uri().path()) == Permission::Ingest {
                discard(request.into_body()).await;
            }
            *response
        }
    };
    security_headers::add_to(response.headers_mut());
    response
}

fn checked(policy: &AccessPolicy, request: &mut Request) -> Result<(), Box<Response>> {
    let checked = policy.check(request);
    let is_foreign = matches!(checked, Err(Refusal::Host | Refusal::Origin));
    if !is_foreign && let Some(response) = linked(policy, request) {
        return Err(Box::new(response));
    }
    let viewer = checked.map_err(|refusal| Box::new(refused(refusal, request)))?;
    request.extensions_mut().insert(viewer);
    Ok(())
}

/// The answer to a link with a token.
fn linked(policy: &AccessPolicy, request: &Request) -> Option<Response> {
    if request.method() != Method::GET {
        return None;
    }
    let query = UrlQuery::parse(request.uri().query()?);
    let secret = query.get("token")?;
    let target = query.without("token").href(request.uri().path());
    Some(sign_in_by_link(
        policy,
        secret,
        &target,
        is_cross_site(request.headers()),
    ))
}

fn refused(refusal: Refusal, request: &Request) -> Response {
    match refusal {
        Refusal::Host => plain(
            StatusCode::MISDIRECTED_REQUEST,
            "This server does not answer for that host. Start `whose serve` with `--host NAME` to \
             use another name.\n",
        ),
        Refusal::Origin => plain(
            StatusCode::FORBIDDEN,
            "A page of another site sent this request, so nothing was done. A program sends \
             `Authorization: Bearer TOKEN`.\n",
        ),
        Refusal::NoToken if is_for_a_person(request) => {
            let target = request.uri().path_and_query().map_or("/", |it| it.as_str());
            sign_in_form(target, Attempt::None, is_cross_site(request.headers()))
        }
        Refusal::TooMany(pause) if is_for_a_person(request) => {
            let target = request.uri().path_and_query().map_or("/", |it| it.as_str());
            sign_in_form(target, Attempt::TooMany(pause), false)
        }
        Refusal::TooMany(pause) => {
            let text = "Too many wrong tokens were sent. Try again later.\n";
            with_retry_after(plain(StatusCode::TOO_MANY_REQUESTS, text), pause)
        }
        Refusal::IngestOff => plain(
            StatusCode::FORBIDDEN,
            "This server takes no records. Start `whose serve` with `--ingest-token` or \
             WHOSE_INGEST_TOKEN, and send that token as `Authorization: Bearer TOKEN`.\n",
        ),
        Refusal::NoToken => unauthorized("Send `Authorization: Bearer TOKEN`.\n"),
        Refusal::WrongToken => unauthorized("The token does not permit this.\n"),
    }
}

/// Whether a browser loads a page.
fn is_for_a_person(request: &Request) -> bool {
    let accept = request.headers().get(ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    request.method() == Method::GET && accept.is_some_and(|types| types.contains("text/html"))
}

fn is_cross_site(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site");
    site.is_some_and(|site| site == "cross-site")
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, text).into_response()
}

fn unauthorized(text: &'static str) -> Response {
    let mut response = plain(StatusCode::UNAUTHORIZED, text);
    let scheme = HeaderValue::from_static("Bearer");
    response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    response
}
