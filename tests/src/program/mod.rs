//! Programs that set, cover, clear, carry and read users, sessions and every kind of data.
//!
//! A program is a tree: what is entered is left again at the end of a body. Spans are numbered in
//! the order in which they are created.

mod data;
mod fmt;
pub mod generate;
mod plan;

use std::collections::BTreeMap;

pub use data::{Crumbs, Datum, Fields};

/// A text of the small pools that programs draw from.
pub type Text = &'static str;

/// A user, as a program names one.
#[derive(Clone, Default, PartialEq)]
pub struct UserSpec {
    /// The id.
    pub id: Option<Text>,
    /// The email address.
    pub email: Option<Text>,
    /// The segment.
    pub segment: Option<Text>,
    /// The attributes.
    pub attrs: BTreeMap<Text, Text>,
    /// Whether the user says that it adds its fields to the one that it covers.
    pub supplement: bool,
}

/// What a frame says of the user.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum UserSetting {
    /// Nothing: whoever is outside shows.
    #[default]
    Unset,
    /// Nobody, whoever is outside.
    Anonymous,
    /// This user.
    Is(UserSpec),
}

/// What a frame says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScopeData {
    /// Of the user.
    pub user: UserSetting,
    /// Of the session.
    pub session: Option<Text>,
    /// The tags.
    pub tags: BTreeMap<Text, Text>,
    /// Extra values, in the order in which they are said.
    pub extra: Vec<(Text, Datum)>,
    /// Contexts, in the order in which they are said.
    pub contexts: Vec<(Text, Fields)>,
    /// Whether a trusted peer said who the user is.
    pub remote: bool,
}

/// The identity fields on a span or event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explicit {
    /// `user.id`
    pub user_id: Option<Text>,
    /// `user.email`, which is identity only beside a `user.id`.
    pub email: Option<Text>,
    /// `session.id`
    pub session_id: Option<Text>,
    /// `tag.` and [`FIELD_TAG`].
    pub tag: Option<Text>,
}

/// The one tag that is a field of spans and events.
pub const FIELD_TAG: Text = "t1";

/// A change of a mutable frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// `set_user(user_spec)`
    SetUser(UserSpec),
    /// `set_user(None)`
    SetUserNone,
    /// `clear_user()`
    ClearUser,
    /// `set_anonymous()`
    SetAnonymous,
    /// `set_session(id)`
    SetSession(Text),
    /// `clear_session()`
    ClearSession,
    /// `set_tag(key, value)`
    SetTag(Text, Text),
    /// `remove_tag(key)`
    RemoveTag(Text),
    /// `set_extra(key, value)`
    SetExtra(Text, Datum),
    /// `remove_extra(key)`
    RemoveExtra(Text),
    /// `set_context(name, fields)`
    SetContext(Text, Fields),
    /// `remove_context(name)`
    RemoveContext(Text),
    /// `add_breadcrumb(..)`, as often as that.
    AddBreadcrumbs(Crumbs),
}

/// Where a write goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// To the nearest mutable frame: `whose::set_user(..)`.
    Nearest,
    /// To the global layer: `whose::global().set_user(..)`.
    Global,
}

/// The parent of a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Parent {
    /// The span that is current.
    Contextual,
    /// None: `parent: None`.
    Root,
    /// That span: `parent: &span`.
    Of(usize),
}

/// What a body runs in.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A fixed scope.
    Fixed(ScopeData),
    /// An isolated scope of its own, with what it says from the start.
    Isolated(ScopeData),
    /// The isolated scope of that number, which all such places share.
    Shared(usize),
    /// The scope captured under that number, as `Scope::current()` gave it.
    Captured(usize),
    /// That span, entered.
    Span(usize),
    /// A task or thread of its own, waited for.
    Spawned(Worker, Carry),
}

/// How a scope or span is made current; tasks and threads make no difference of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EntryMethod {
    /// By a guard.
    Guard,
    /// By a closure.
    Closure,
    /// Around a future, on every poll.
    Future,
}

/// What runs a spawned body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Worker {
    /// A task of the runtime.
    Task,
    /// A thread that the runtime keeps for blocking work.
    Blocking,
    /// A thread of its own.
    Thread,
}

/// What a spawned body is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Carry {
    /// Nothing: it starts empty.
    Nothing,
    /// The scope that is current where it is spawned.
    Current,
}

/// A step of a program.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Runs the body in a place, and leaves the place again.
    Within(Place, EntryMethod, Vec<Op>),
    /// Changes a mutable frame.
    Write(Target, Write),
    /// Keeps the current scope under a number.
    Capture(usize),
    /// Creates the next span.
    CreateSpan(Parent, Explicit),
    /// Records identity fields on a span that is there already.
    RecordLate(usize, Explicit),
    /// Drops the program's handle of a span.
    DropSpan(usize),
    /// Emits an event.
    Event(Explicit),
    /// Reports an error, of which that is said beside; it never is a mask.
    Error(ScopeData),
    /// Lets the runtime run something else.
    Yield,
}

/// A program: its steps, in order, under a global layer of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Program(pub Vec<Op>);
