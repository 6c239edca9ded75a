//! The closures that read a request, and the span that records the request.

use std::panic::Location;
use std::sync::Arc;

use http::{header, Method, Request};
use tracing::field::Empty;
use tracing::{span, Level, Span};

use crate::model::{SessionId, User};
use crate::names::http::{
    CANCELED, CLIENT_ADDRESS, CLIENT_SPAN, ERROR_TYPE, METHOD, METHODS, METHOD_ORIGINAL,
    OTHER_METHOD, PATH, QUERY, ROUTE, SERVER_ADDRESS, SERVER_PORT, SERVER_SPAN, STATUS_CODE,
    TARGET, USER_AGENT,
};
use crate::scope::Scope;

/// Adds a value of the request to the scope.
type AddValue<B> = Arc<dyn Fn(&Request<B>, Scope) -> Scope + Send + Sync>;
type Read<B, T> = Arc<dyn Fn(&Request<B>) -> Option<T> + Send + Sync>;

/// The closures and the settings of an [`AttributionLayer`](super::AttributionLayer).
pub(super) struct Readers<B> {
    pub(super) made_at: &'static Location<'static>,
    pub(super) user: Option<(Read<B, User>, &'static Location<'static>)>,
    pub(super) session: Option<(Read<B, SessionId>, &'static Location<'static>)>,
    /// The actor and the tags.
    pub(super) values: Vec<AddValue<B>>,
    pub(super) has_span: bool,
    pub(super) route: Option<Read<B, Box<str>>>,
    pub(super) client_address: Option<Read<B, Box<str>>>,
    pub(super) optional: OptionalFields,
}

/// The fields that a layer records only where the application asks for them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OptionalFields {
    pub(super) query: bool,
    pub(super) user_agent: bool,
    pub(super) server_address: bool,
}

impl<B> Readers<B> {
    #[track_caller]
    pub(super) fn new() -> Self {
        Self {
            made_at: Location::caller(),
            user: None,
            session: None,
            values: Vec::new(),
            has_span: true,
            route: None,
            client_address: None,
            optional: OptionalFields::default(),
        }
    }

    /// The isolated scope of a request.
    pub(super) fn scope(&self, request: &Request<B>) -> Scope {
        let mut scope = Scope::isolated_at(None, self.made_at);
        if let Some((read, set_at)) = &self.user {
            if let Some(user) = read(request) {
                scope = scope.with_user_at(user, set_at);
            }
        }
        if let Some((read, set_at)) = &self.session {
            if let Some(session) = read(request) {
                scope = scope.with_session_at(session, set_at);
            }
        }
        let values = self.values.iter();
        values.fold(scope, |scope, add| add(request, scope))
    }

    /// The span of a request that the service receives. Reads nothing if the span is disabled.
    pub(super) fn span(&self, request: &Request<B>) -> Span {
        if !self.has_span {
            return Span::none();
        }
        let read = |read: &Option<Read<B, Box<str>>>| read.as_ref().and_then(|read| read(request));
        let method = request.method();
        span!(
            target: TARGET,
            Level::INFO,
            SERVER_SPAN,
            { METHOD.name } = known_method(method),
            { METHOD_ORIGINAL.name } = original_method(method),
            { ROUTE.name } = read(&self.route).as_deref(),
            { PATH.name } = request.uri().path(),
            { QUERY.name } = self.optional.query_of(request),
            { USER_AGENT.name } = self.optional.user_agent_of(request),
            { CLIENT_ADDRESS.name } = read(&self.client_address).as_deref(),
            { STATUS_CODE.name } = Empty,
            { ERROR_TYPE.name } = Empty,
            { CANCELED.name } = Empty,
        )
    }
}

impl OptionalFields {
    /// The span of a request that a client sends.
    pub(super) fn client_span<B>(self, request: &Request<B>) -> Span {
        let method = request.method();
        let server = request.uri().authority().filter(|_| self.server_address);
        span!(
            target: TARGET,
            Level::INFO,
            CLIENT_SPAN,
            { METHOD.name } = known_method(method),
            { METHOD_ORIGINAL.name } = original_method(method),
            { PATH.name } = request.uri().path(),
            { QUERY.name } = self.query_of(request),
            { SERVER_ADDRESS.name } = server.map(|server| server.host()),
            { SERVER_PORT.name } = server.and_then(|server| server.port_u16()),
            { STATUS_CODE.name } = Empty,
            { ERROR_TYPE.name } = Empty,
            { CANCELED.name } = Empty,
        )
    }

    fn query_of<B>(self, request: &Request<B>) -> Option<&str> {
        request.uri().query().filter(|_| self.query)
    }

    fn user_agent_of<B>(self, request: &Request<B>) -> Option<&str> {
        let value = request.headers().get(header::USER_AGENT);
        value.filter(|_| self.user_agent)?.to_str().ok()
    }
}

/// The method, if the conventions know it. A client may send any text as the method, also a secret or a
/// new one each time.
fn known_method(method: &Method) -> &'static str {
    let known = METHODS.into_iter().find(|known| *known == method.as_str());
    known.unwrap_or(OTHER_METHOD)
}

fn original_method(method: &Method) -> Option<&str> {
    (known_method(method) == OTHER_METHOD).then(|| method.as_str())
}

impl<B> Clone for Readers<B> {
    fn clone(&self) -> Self {
        Self {
            made_at: self.made_at,
            user: self.user.clone(),
            session: self.session.clone(),
            values: self.values.clone(),
            has_span: self.has_span,
            route: self.route.clone(),
            client_address: self.client_address.clone(),
            optional: self.optional,
        }
    }
}
