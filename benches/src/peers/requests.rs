//! Row 5: the requests of the pipelines, as one would write them for each of the others.
//!
//! What has no scope of its own gets user and session on every span; Sentry has them in its scope,
//! and lines of `fmt` show the fields of the spans around them.

use std::hint::black_box;

use fastrace::Span;
use fastrace::collector::SpanContext;
use sentry_core::{Hub, User};

use super::Peer;
use crate::op::Role;
use crate::rows::pipeline::{Pipeline, Request, SPANS};
use crate::setup::Setup;

pub(crate) fn pipelines() -> Vec<Pipeline> {
    let peer = |name, peer, spans, serve| Pipeline {
        name,
        role: Role::Peer,
        setup: Setup::Peer(peer),
        spans,
        serve,
    };
    vec![
        Pipeline {
            name: "tracing, Registry + no-op layer",
            role: Role::Floor,
            setup: Setup::Noop,
            spans: 300_000,
            serve: every_span,
        },
        peer(
            "fastrace, no-op reporter",
            Peer::Fastrace,
            300_000,
            properties,
        ),
        peer(
            "tracing + OTel batch, lean",
            Peer::OtelLean,
            300_000,
            every_span,
        ),
        peer("tracing + OTel batch", Peer::Otel, 300_000, every_span),
        peer(
            "tracing + OTel batch, default queue",
            Peer::OtelShortQueue,
            300_000,
            every_span,
        ),
        peer("sentry-tracing", Peer::Sentry, 100_000, scope),
        peer(
            "tracing fmt, JSON to a file",
            Peer::FmtJson,
            100_000,
            outer_span,
        ),
    ]
}

#[tracing::instrument(skip_all, fields(user.id = request.user, session.id = request.session))]
fn every_span(request: &Request) {
    for n in 2..SPANS {
        step_of(n, request);
    }
    told_of(request);
}

#[tracing::instrument(skip_all, fields(user.id = request.user, session.id = request.session))]
fn step_of(n: u64, request: &Request) -> u64 {
    black_box((n, request)).0
}

#[tracing::instrument(
    skip_all,
    fields(user.id = request.user, session.id = request.session, text = request.message)
)]
fn told_of(request: &Request) -> usize {
    black_box(request).message.len()
}

#[tracing::instrument(skip_all, fields(user.id = request.user, session.id = request.session))]
fn outer_span(request: &Request) {
    steps(request);
}

fn scope(request: &Request) {
    let hub = std::sync::Arc::new(Hub::new_from_top(Hub::current()));
    hub.configure_scope(|scope| {
        scope.set_user(Some(User {
            id: Some(request.user.clone()),
            ..User::default()
        }));
        scope.set_tag("session.id", &request.session);
    });
    Hub::run(hub, || in_scope(request));
}

#[tracing::instrument(skip_all)]
fn in_scope(request: &Request) {
    steps(request);
}

fn steps(request: &Request) {
    for n in 2..SPANS {
        step(n);
    }
    told(request);
}

#[tracing::instrument(skip_all)]
fn step(n: u64) -> u64 {
    black_box(n)
}

#[tracing::instrument(skip_all, fields(text = request.message))]
fn told(request: &Request) -> usize {
    black_box(request).message.len()
}

/// The root is a span of the request; the others are local, as `#[fastrace::trace]` makes them.
fn properties(request: &Request) {
    let (user, session) = (&request.user, &request.session);
    let root = Span::root("request", SpanContext::random())
        .with_properties(|| [("user.id", user.clone()), ("session.id", session.clone())]);
    let _parent = root.set_local_parent();
    for n in 2..SPANS {
        fast_step(n, user, session);
    }
    fast_told(user, session, &request.message);
}

#[fastrace::trace(properties = { "user.id": "{user}", "session.id": "{session}" })]
fn fast_step(n: u64, user: &str, session: &str) -> u64 {
    black_box((n, user, session)).0
}

#[fastrace::trace(properties = { "user.id": "{user}", "session.id": "{session}", "text": "{text}" })]
fn fast_told(user: &str, session: &str, text: &str) -> usize {
    black_box((user, session, text)).2.len()
}
