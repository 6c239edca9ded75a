//! Row `pipeline`: the requests as an application would write them for each peer.
//!
//! A peer without scopes gets user and session on every span. Sentry has them in its scope. The
//! lines of `fmt` show the fields of the outer spans.

use std::hint::black_box;

use fastrace::Span;
use fastrace::collector::SpanContext;
use sentry_core::{Hub, User};

use super::tracing::{FMT_JSON, NOOP};
use super::{otel, sentry};
use crate::benchmark::Role;
use crate::pipeline::{Pipeline, Request, SPANS_PER_REQUEST};
use crate::setup::Setup;

pub(crate) fn pipelines() -> Vec<Pipeline> {
    let peer = |name, setup, spans, serve| Pipeline {
        name,
        role: Role::Peer,
        setup,
        spans,
        serve,
    };
    vec![
        Pipeline {
            name: NOOP,
            role: Role::Floor,
            setup: Setup::NOOP,
            spans: 300_000,
            serve: fields_on_every_span,
        },
        peer(
            "fastrace, no-op reporter",
            super::fastrace::SETUP,
            300_000,
            properties_on_every_span,
        ),
        peer(
            "tracing + OTel batch, lean",
            otel::LEAN,
            300_000,
            fields_on_every_span,
        ),
        peer(
            "tracing + OTel batch",
            otel::DEFAULT,
            300_000,
            fields_on_every_span,
        ),
        peer(
            "tracing + OTel batch, default queue",
            otel::SHORT_QUEUE,
            300_000,
            fields_on_every_span,
        ),
        peer("sentry-tracing", sentry::SETUP, 100_000, user_in_scope),
        peer(
            "tracing fmt, JSON to a file",
            FMT_JSON,
            100_000,
            fields_on_outer_span,
        ),
    ]
}

#[tracing::instrument(skip_all, fields(user.id = request.user, session.id = request.session))]
fn fields_on_every_span(request: &Request) {
    for n in 2..SPANS_PER_REQUEST {
        step_of(n, request);
    }
    answer_of(request);
}

#[tracing::instrument(skip_all, fields(user.id = request.user, session.id = request.session))]
fn step_of(n: u64, request: &Request) -> u64 {
    black_box((n, request)).0
}

#[tracing::instrument(
    skip_all,
    fields(user.id = request.user, session.id = request.session, text = request.message)
)]
fn answer_of(request: &Request) -> usize {
    black_box(request).message.len()
}

#[tracing::instrument(skip_all, fields(user.id = request.user, session.id = request.session))]
fn fields_on_outer_span(request: &Request) {
    steps(request);
}

fn user_in_scope(request: &Request) {
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
    for n in 2..SPANS_PER_REQUEST {
        step(n);
    }
    answer(request);
}

#[tracing::instrument(skip_all)]
fn step(n: u64) -> u64 {
    black_box(n)
}

#[tracing::instrument(skip_all, fields(text = request.message))]
fn answer(request: &Request) -> usize {
    black_box(request).message.len()
}

/// The root is a span of the request; `#[fastrace::trace]` makes the local spans.
fn properties_on_every_span(request: &Request) {
    let (user, session) = (&request.user, &request.session);
    let root = Span::root("request", SpanContext::random())
        .with_properties(|| [("user.id", user.clone()), ("session.id", session.clone())]);
    let _parent = root.set_local_parent();
    for n in 2..SPANS_PER_REQUEST {
        fastrace_step(n, user, session);
    }
    fastrace_answer(user, session, &request.message);
}

#[fastrace::trace(properties = { "user.id": "{user}", "session.id": "{session}" })]
fn fastrace_step(n: u64, user: &str, session: &str) -> u64 {
    black_box((n, user, session)).0
}

#[fastrace::trace(properties = { "user.id": "{user}", "session.id": "{session}", "text": "{text}" })]
fn fastrace_answer(user: &str, session: &str, text: &str) -> usize {
    black_box((user, session, text)).2.len()
}
