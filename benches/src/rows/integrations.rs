//! Row `integrations`: a request of ten spans with a user and a session, into the layer of another tool.
//! The peer writes both by hand, so that the tool receives the same.

use std::hint::black_box;

use tracing::info_span;

use super::inputs::{ID, SESSION};

/// The name of the row.
pub const ROW: &str = "integrations";

/// The requests go to OpenTelemetry.
pub const OTEL: &str = "a request of ten spans into OTel";
/// The requests go to Sentry.
pub const SENTRY: &str = "a request of ten spans into Sentry";
/// Spans per request, including the outer one.
pub const SPANS: u64 = 10;

/// The user and the session are a scope of `whose`.
pub fn in_scope() {
    let scope = whose::user(black_box(ID)).session(black_box(SESSION));
    scope.in_scope(|| {
        let _request = info_span!("request", number = 7).entered();
        for step in 1..SPANS {
            info_span!("step", step).in_scope(|| ());
        }
    });
}

/// The user and the session are fields of every span.
pub fn by_fields() {
    let (user, session) = (black_box(ID), black_box(SESSION));
    let _request =
        info_span!("request", user.id = user, session.id = session, number = 7).entered();
    for step in 1..SPANS {
        info_span!("step", user.id = user, session.id = session, step).in_scope(|| ());
    }
}

/// The inner spans have the user and the session as fields. The outer span has neither: see Sentry's
/// scope.
pub fn by_fields_of_inner_spans() {
    let (user, session) = (black_box(ID), black_box(SESSION));
    let _request = info_span!("request", number = 7).entered();
    for step in 1..SPANS {
        info_span!("step", user.id = user, session.id = session, step).in_scope(|| ());
    }
}
