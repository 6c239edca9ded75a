//! The identity that a peer sent.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use whose::Scope;
use whose::names::attribution::{SESSION_ID, USER_ID};

/// An isolated scope for one request, with the user and the session that the baggage of `context`
/// names.
///
/// Call the function only for peers that the application trusts: anybody can send baggage. The user is
/// [remote](whose::Source::Remote), so that a user who is authenticated here replaces it.
///
/// ```
/// use opentelemetry::baggage::BaggageExt;
/// use opentelemetry::{Context, KeyValue};
///
/// // What the propagator extracted from the headers of a trusted peer.
/// let context = Context::new().with_baggage([KeyValue::new("user.id", "alice")]);
/// whose_opentelemetry::remote_scope(&context).in_scope(|| {
///     assert_eq!(whose::current().user_id(), Some("alice"));
///     assert_eq!(whose::current().user_source(), Some(whose::Source::Remote));
/// });
/// ```
pub fn remote_scope(context: &Context) -> Scope {
    let baggage = context.baggage();
    let member = |name| baggage.get(name).map(|value| value.as_str());
    let mut scope = Scope::isolated();
    if let Some(user) = member(USER_ID) {
        scope = scope.user(user);
    }
    if let Some(session) = member(SESSION_ID) {
        scope = scope.session(session);
    }
    scope.remote()
}
