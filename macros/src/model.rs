//! What is valid: every combination that these types can hold can be expanded.

use proc_macro2::TokenStream;
use syn::{Expr, LitStr, Type};

/// A whole call.
pub(crate) struct Model {
    /// The path of the crate `whose`.
    pub(crate) whose: TokenStream,
    pub(crate) identity: Identity,
    /// There for `trace`.
    pub(crate) span: Option<Span>,
}

/// Whose the code is.
#[derive(Default)]
pub(crate) struct Identity {
    pub(crate) isolated: bool,
    /// Also tell the isolated scopes around.
    pub(crate) identify: bool,
    pub(crate) user: User,
    pub(crate) session: Option<RefExpr>,
    pub(crate) tags: Vec<(LitStr, RefExpr)>,
}

#[derive(Default)]
pub(crate) enum User {
    #[default]
    Unset,
    Anonymous,
    UserSpec(Box<UserSpec>),
}

/// What is said of a user; not empty.
pub(crate) struct UserSpec {
    pub(crate) expr: Option<UserExpr>,
    pub(crate) fields: Vec<UserField>,
    pub(crate) supplement: bool,
}

pub(crate) enum UserExpr {
    /// Something that is a user.
    User(RefExpr),
    /// Something that is the id of one.
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
    /// By its `Display`.
    pub(crate) display: bool,
    /// Where the key stands: the call that wants the value is shown there.
    pub(crate) key: proc_macro2::Span,
}

/// The span of a traced function.
pub(crate) struct Span {
    pub(crate) name: TokenStream,
    pub(crate) target: Option<Expr>,
    pub(crate) level: Level,
    /// The variant of `Kind`.
    pub(crate) kind: Option<&'static str>,
    pub(crate) parent: Option<Parent>,
    pub(crate) follows_from: Option<Expr>,
    pub(crate) fields: Vec<SpanField>,
    pub(crate) output: Option<Report>,
    pub(crate) err: Option<Report>,
}

pub(crate) enum Level {
    /// The constant of `tracing::Level`.
    Named(String),
    Const(Expr),
}

pub(crate) enum Parent {
    /// `None`: the span begins a trace of its own.
    Root,
    Span(Expr),
}

pub(crate) struct SpanField {
    /// A string literal, or a block that is a constant.
    pub(crate) name: TokenStream,
    pub(crate) mode: FieldMode,
    pub(crate) expr: Expr,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FieldMode {
    /// As `tracing` takes it.
    Value,
    Display,
    Debug,
    /// Strings plain, everything else by `Debug`.
    Captured,
    /// Without a value, which is recorded later: the expression means nothing.
    Empty,
}

/// How `output` or `err` is told.
pub(crate) struct Report {
    /// Where the key stands.
    pub(crate) key: proc_macro2::Span,
    /// By which trait the value is shown, where that is said.
    pub(crate) shown_by: Option<ShownBy>,
    /// The level of an event that is made as well.
    pub(crate) event: Option<Level>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ShownBy {
    Display,
    Debug,
}

/// What a function gives to those who wait for it.
#[derive(Clone, Copy)]
pub(crate) enum Output<'a> {
    Nothing,
    Type(&'a Type),
    /// A type alias hides it.
    Unknown,
    /// Many values, one after the other.
    Stream,
}
