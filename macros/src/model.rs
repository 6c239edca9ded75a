//! The model of a valid macro call: every value of these types can be expanded.

use proc_macro2::TokenStream;
use syn::{Expr, LitStr, Type};

/// A macro call.
pub(crate) struct Model {
    /// The path of the crate `whose`.
    pub(crate) whose: TokenStream,
    pub(crate) identity: Identity,
    /// The span; only `trace` has one.
    pub(crate) span: Option<Span>,
    /// The job; only `monitor` has one.
    pub(crate) job: Option<Job>,
}

/// The user, the session, the conversation, the actors and the tags.
#[derive(Default)]
pub(crate) struct Identity {
    pub(crate) isolated: bool,
    /// Whether to set the user in the surrounding isolated scopes too.
    pub(crate) identify: bool,
    pub(crate) user: User,
    pub(crate) session: Option<RefExpr>,
    pub(crate) conversation: Option<RefExpr>,
    pub(crate) actor: Option<RefExpr>,
    /// The agent that a traced function runs as, who acts for `actor`.
    pub(crate) agent: Option<RefExpr>,
    pub(crate) tags: Vec<(LitStr, RefExpr)>,
}

#[derive(Default)]
pub(crate) enum User {
    #[default]
    Unset,
    Anonymous,
    Set(Box<UserSpec>),
}

/// The description of a user; not empty.
pub(crate) struct UserSpec {
    pub(crate) expr: Option<UserExpr>,
    pub(crate) fields: Vec<UserField>,
    pub(crate) supplement: bool,
}

pub(crate) enum UserExpr {
    /// A value of a type that implements `AsUser`.
    User(RefExpr),
    /// A value of a type that implements `AsId`.
    Id(RefExpr),
}

/// One `with_*` call on a user.
pub(crate) enum UserField {
    Text(&'static str, RefExpr),
    Attr(LitStr, RefExpr),
}

/// An expression that is taken by reference.
#[derive(Clone)]
pub(crate) struct RefExpr {
    pub(crate) expr: Expr,
    /// Whether to use its `Display`.
    pub(crate) display: bool,
    /// The span of the key, at which errors about the call point.
    pub(crate) key: proc_macro2::Span,
}

/// The job of a monitored function.
pub(crate) struct Job {
    pub(crate) name: RefExpr,
    pub(crate) every: Option<JobDuration>,
    pub(crate) max: Option<JobDuration>,
    /// Whether the output may be a `Result`.
    pub(crate) may_fail: bool,
}

pub(crate) enum JobDuration {
    Seconds(u64),
    /// An expression of type `Duration`.
    Expr(Expr),
}

/// The span of a traced function.
pub(crate) struct Span {
    pub(crate) name: TokenStream,
    pub(crate) target: Option<Expr>,
    pub(crate) level: Level,
    /// The variant of `whose::Kind`.
    pub(crate) kind: Option<&'static str>,
    pub(crate) parent: Option<Parent>,
    pub(crate) follows_from: Option<Expr>,
    pub(crate) fields: Vec<SpanField>,
    pub(crate) output: Option<Report>,
    pub(crate) err: Option<Report>,
}

pub(crate) enum Level {
    /// The name of a constant of `tracing::Level`.
    Named(String),
    Const(Expr),
}

pub(crate) enum Parent {
    /// `None`: the span starts a new trace.
    Root,
    Span(Expr),
}

pub(crate) struct SpanField {
    /// A string literal, or a block with a constant.
    pub(crate) name: TokenStream,
    pub(crate) mode: FieldMode,
    pub(crate) expr: Expr,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FieldMode {
    /// By `tracing::Value`.
    Value,
    Display,
    Debug,
    /// Strings without quotes, other values by `Debug`.
    Captured,
    /// Declared without a value, for a later `record`; the expression is ignored.
    Empty,
    /// The agent of the scope; the expression is ignored.
    Agent,
}

/// The settings of `output` or `err`.
pub(crate) struct Report {
    /// The span of the key.
    pub(crate) key: proc_macro2::Span,
    /// The trait that formats the value, if given.
    pub(crate) shown_by: Option<ShownBy>,
    /// The level of an additional event.
    pub(crate) event: Option<Level>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ShownBy {
    Display,
    Debug,
}

/// The output of a function, after `.await` if it is asynchronous.
#[derive(Clone, Copy)]
pub(crate) enum Output<'a> {
    Nothing,
    Type(&'a Type),
    /// Hidden behind a type alias.
    Unknown,
    /// A sequence of values.
    Stream,
}
