//! The functions that expansions of the macros call.

use std::fmt;
use std::mem::forget;
use std::panic::Location;

use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing::span::EnteredSpan;
use tracing::{Level, Span};

pub(crate) use std::borrow::Cow;
pub(crate) use tracing;

use crate::context;
use crate::frame::Slot;
use crate::layer::SpanHint;
use crate::model::{Actor, AsId, AsText, AsUser, AsValue, User, UserId, Value};
use crate::names::attribution;
use crate::record::Kind;
use crate::scope::{Guard, Prepared, Scope, ScopeExt, Scoped};
use crate::user_code::print::{print, print_id};

/// A value by its `Display`: `%` in a macro.
#[derive(Debug)]
pub struct Display<'a, T: ?Sized>(pub &'a T);

impl<T: fmt::Display + ?Sized> AsText for Display<'_, T> {
    fn as_text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Owned(print(format_args!("{}", self.0))))
    }
}

impl<T: fmt::Display + ?Sized> AsId for Display<'_, T> {
    fn as_id(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Owned(print_id(format_args!("{}", self.0))))
    }
}

impl<T: fmt::Display + ?Sized> AsUser for Display<'_, T> {
    fn as_user(&self) -> Option<User> {
        UserId::of(self).map(User::of_id)
    }
}

impl<T: fmt::Display + ?Sized> AsValue for Display<'_, T> {
    fn as_value(&self) -> Option<Value> {
        self.as_text().map(Value::from)
    }
}

/// A user of an id alone.
///
/// The wrapper is a user for every `T`, so that a type that is not an id causes one compile error,
/// at [`id`].
pub struct Id<'a, T: ?Sized> {
    id: &'a T,
    put: fn(&T, &mut User) -> bool,
}

/// The key `user_id`.
#[inline]
pub fn id<T: AsId + ?Sized>(id: &T) -> Id<'_, T> {
    Id {
        id,
        put: |id, place| place.put_id(id),
    }
}

/// The key `agent`: the actor of a traced function. `None` if the name is empty.
#[track_caller]
pub fn agent<T: AsId + ?Sized>(name: &T) -> Option<Actor> {
    Some(Actor::agent(name.as_id()?)).filter(|agent| !agent.id().is_empty())
}

/// The name of the agent as a field of a span.
#[must_use]
pub fn agent_name(agent: &Option<Actor>) -> Option<&str> {
    agent.as_ref().map(Actor::id)
}

impl<T: ?Sized> AsUser for Id<'_, T> {
    fn as_user(&self) -> Option<User> {
        let mut user = User::default();
        self.put_user(&mut user).then_some(user)
    }

    #[inline]
    fn put_user(&self, place: &mut User) -> bool {
        (self.put)(self.id, place)
    }
}

/// The flag `anonymous`.
#[track_caller]
pub fn anonymous(scope: Scope) -> Scope {
    scope.into_anonymous()
}

/// The flag `identify`.
#[track_caller]
pub fn identify(scope: &Scope) {
    if let Some((Slot::Set(user), _)) = scope.named() {
        context::identify(user, scope.actors());
    }
}

/// A user with additional fields.
pub fn with_fields(user: &impl AsUser, more: User) -> Option<User> {
    match user.as_user() {
        Some(user) => Some(more.over(&user)),
        None => more.non_empty(),
    }
}

/// Enters the scope of a synchronous function.
#[inline]
#[track_caller]
pub fn enter(scope: Scope) -> Guard {
    scope.enter()
}

/// Attaches the scope to the body of an asynchronous function, or to a returned value.
pub fn scoped<T>(scope: Scope, polled: T) -> Scoped<T> {
    polled.with_scope(scope)
}

/// The scope and the span of a synchronous function; empty where no subscriber is interested and the
/// scope is empty.
#[derive(Debug)]
pub struct TracedGuard(Option<Entered>);

#[derive(Debug)]
struct Entered {
    // The span is exited before the scope ends.
    span: EnteredSpan,
    _scope: Guard,
}

impl TracedGuard {
    /// The span.
    pub fn span(&self) -> &Span {
        static NONE: Span = Span::none();
        self.0.as_ref().map_or(&NONE, |entered| &entered.span)
    }
}

/// Enters the scope, then creates and enters the span.
///
/// The span is a `dyn Fn`, as in [`prepare`]: a generic function would be compiled for every traced
/// function.
#[inline]
#[track_caller]
pub fn enter_traced(
    scope: Scope,
    level: Level,
    kind: Option<Kind>,
    span: &dyn Fn() -> Span,
) -> TracedGuard {
    if is_idle(&scope, level) {
        // The scope is empty: its drop would be a call without effect.
        forget(scope);
        return TracedGuard(None);
    }
    TracedGuard(Some(enter_listened(scope, kind, span, Location::caller())))
}

/// Whether the scope is empty and no subscriber is interested in spans of that level. The check is
/// inlined, so that such a function costs no call.
#[inline]
fn is_idle(scope: &Scope, level: Level) -> bool {
    // Without a subscriber, `tracing` may pass its spans to `log`.
    tracing::if_log_enabled! { level, { return false } }
    scope.is_empty() && !(level <= STATIC_MAX_LEVEL && level <= LevelFilter::current())
}

fn enter_listened(
    scope: Scope,
    kind: Option<Kind>,
    span: &dyn Fn() -> Span,
    entered_at: &'static Location<'static>,
) -> Entered {
    let mark = SpanHint {
        kind,
        is_explicit: scope.named().is_some(),
    };
    let guard = scope.enter_at(Some(entered_at));
    let span = mark.apply_to(span);
    Entered {
        span: span.entered(),
        _scope: guard,
    }
}

/// Creates the span inside the scope, before the future moves the values that the span records.
#[inline]
pub fn prepare(
    scope: Scope,
    level: Level,
    kind: Option<Kind>,
    span: &dyn Fn() -> Span,
) -> Prepared {
    if is_idle(&scope, level) {
        forget(scope);
        return Prepared::NOTHING;
    }
    prepare_listened(scope, kind, span)
}

fn prepare_listened(scope: Scope, kind: Option<Kind>, span: &dyn Fn() -> Span) -> Prepared {
    let mark = SpanHint {
        kind,
        is_explicit: scope.named().is_some(),
    };
    Prepared::new(scope.into_slot(), || mark.apply_to(span))
}

/// The name of the events of `output(level = ..)` and `err(level = ..)`. These events are for other
/// layers: the layer of this crate has recorded the output and the error already.
pub const TOLD: &str = attribution::TOLD;

/// The key `output`: records the result of the function.
pub fn output(span: &Span, value: &dyn fmt::Debug) {
    span.record("output", tracing::field::debug(value));
}
