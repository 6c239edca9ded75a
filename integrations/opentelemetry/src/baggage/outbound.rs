//! The identity that goes to a peer.

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use whose::SpanAttributions;
use whose::names::attribution::{SESSION_ID, USER_ID, is_attribution};

/// Adds the current user and session to the baggage of requests to listed hosts, and to no others.
///
/// Only `user.id` and `session.id` are sent, never an email address or a name, and only as the policies
/// let them through. For every other host the identity is taken out of the baggage: a propagator sends
/// baggage to every host.
///
/// ```
/// use opentelemetry::baggage::BaggageExt;
/// use opentelemetry::Context;
/// use whose_opentelemetry::OutboundBaggage;
///
/// let outbound = OutboundBaggage::to_hosts(["billing.internal", "*.svc.internal"]);
/// whose::user("alice").in_scope(|| {
///     let context = outbound.context_for("billing.internal", &Context::current());
///     assert_eq!(context.baggage().get("user.id").unwrap().as_str(), "alice");
///
///     let context = outbound.context_for("api.model-vendor.com", &context);
///     assert!(context.baggage().get("user.id").is_none());
///     // Inject the context into the headers: propagator.inject_context(&context, &mut headers)
/// });
/// ```
#[derive(Clone, Debug, Default)]
pub struct OutboundBaggage {
    hosts: Vec<Box<str>>,
    attributions: SpanAttributions,
}

impl OutboundBaggage {
    /// Lists the hosts that receive the identity. A host is a name without a port, in any case of
    /// letters; `*.example.com` is every host below `example.com`.
    #[must_use]
    pub fn to_hosts<H: AsRef<str>>(hosts: impl IntoIterator<Item = H>) -> Self {
        let hosts = hosts
            .into_iter()
            .map(|host| Box::<str>::from(host.as_ref().trim()));
        Self {
            hosts: hosts.filter(|host| !host.is_empty()).collect(),
            attributions: SpanAttributions::default(),
        }
    }

    /// The context to inject into a request to `host`: a name, with or without a port.
    #[must_use]
    pub fn context_for(&self, host: &str, context: &Context) -> Context {
        let kept = context.baggage().iter();
        let kept = kept.filter(|(key, _)| !is_attribution(key.as_str()));
        let mut baggage = Baggage::new();
        for (key, (value, metadata)) in kept {
            baggage.insert_with_metadata(key.clone(), value.clone(), metadata.clone());
        }
        if self.allows(host) {
            let attribution = self.attributions.current_attribution();
            let ids = [
                (USER_ID, attribution.user_id()),
                (SESSION_ID, attribution.session_id()),
            ];
            for (name, id) in ids {
                if let Some(id) = id {
                    baggage.insert(name, encoded(id));
                }
            }
        }
        context.with_baggage(baggage)
    }

    fn allows(&self, host: &str) -> bool {
        let host = without_port(host);
        !host.is_empty() && self.hosts.iter().any(|listed| matches(listed, host))
    }
}

/// The host of `host:port`. An address of IPv6 stays in its brackets.
fn without_port(host: &str) -> &str {
    let host = host.trim();
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|byte| byte.is_ascii_digit())
                && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    }
    .trim_end_matches('.')
}

fn matches(listed: &str, host: &str) -> bool {
    match listed.strip_prefix("*.") {
        None => listed.eq_ignore_ascii_case(host),
        Some(domain) => host
            .len()
            .checked_sub(domain.len())
            .and_then(|at| host.split_at_checked(at))
            .is_some_and(|(below, end)| {
                end.eq_ignore_ascii_case(domain) && below.len() > 1 && below.ends_with('.')
            }),
    }
}

/// The id as the propagator of the SDK has to send it. The propagator encodes neither `%` nor `+`, and
/// peers decode both: OpenTelemetry for Python reads a `+` as a space. The id of another user would
/// arrive.
fn encoded(id: &str) -> String {
    id.replace('%', "%25").replace('+', "%2B")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use opentelemetry::propagation::TextMapPropagator;
    use opentelemetry_sdk::propagation::BaggagePropagator;

    use super::*;

    #[test]
    fn id_of_any_characters_arrives_as_it_is() {
        let propagator = BaggagePropagator::new();
        for id in [
            "a+b@example.com",
            "100%",
            "%41",
            "%2B",
            "a b",
            "a,b;c=d\"e",
            "zoë",
        ] {
            let scope = whose::user(id).session(id);
            let mut headers = HashMap::new();
            scope.in_scope(|| {
                let context =
                    OutboundBaggage::to_hosts(["peer"]).context_for("peer", &Context::new());
                propagator.inject_context(&context, &mut headers);
            });
            assert!(!headers["baggage"].contains('+'), "{headers:?}");
            let received = propagator.extract(&headers);
            for name in [USER_ID, SESSION_ID] {
                let member = received.baggage().get(name).map(|value| value.to_string());
                assert_eq!(member.as_deref(), Some(id));
            }
        }
    }

    #[test]
    fn listed_host_is_allowed_and_others_are_not() {
        let outbound = OutboundBaggage::to_hosts(["billing.internal", "*.svc.internal", "[::1]"]);
        for host in [
            "billing.internal",
            "BILLING.internal:8080",
            "a.b.svc.internal",
            "[::1]:80",
        ] {
            assert!(outbound.allows(host), "{host}");
        }
        for host in [
            "billing.internal.evil.com",
            "evilbilling.internal",
            "svc.internal",
            ".svc.internal",
            "evilsvc.internal",
            "",
            ":80",
        ] {
            assert!(!outbound.allows(host), "{host}");
        }
        assert!(!OutboundBaggage::to_hosts([""]).allows(""));
    }
}
