//! Programs that set, cover, clear, carry and read users, sessions and every kind of data.
//!
//! A program is a tree: the end of a body exits the place of the body. Spans are numbered in the
//! order of their creation.

mod data;
mod fmt;
pub mod generate;
mod plan;

use std::collections::BTreeMap;

use whose::ActorKind;

pub use data::{Crumbs, Datum, Fields};

/// A text from the small pools that programs draw from.
pub type Text = &'static str;

/// The fields of a user in a program.
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
    /// Whether the user is marked as a supplement, which adds its fields to the outer user.
    pub supplement: bool,
}

/// An actor in a program.
#[derive(Clone, Copy, PartialEq)]
pub struct ActorSpec {
    /// The id.
    pub id: Text,
    /// The kind.
    pub kind: ActorKind,
}

/// The user setting of a frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum UserSetting {
    /// Unset: inherits the outer user.
    #[default]
    Unset,
    /// Anonymous: no user, whatever the outer user is.
    Anonymous,
    /// This user.
    Is(UserSpec),
}

/// The data of a frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScopeData {
    /// The user setting.
    pub user: UserSetting,
    /// The session.
    pub session: Option<Text>,
    /// The conversation.
    pub conversation: Option<Text>,
    /// The actors, in the order in which they are added: each acts for the one before.
    pub actors: Vec<ActorSpec>,
    /// The tags.
    pub tags: BTreeMap<Text, Text>,
    /// Extra values, in the order in which they are set.
    pub extra: Vec<(Text, Datum)>,
    /// Contexts, in the order in which they are set.
    pub contexts: Vec<(Text, Fields)>,
    /// Whether the scope is remote: a trusted peer provided the user.
    pub remote: bool,
    /// Whether the actors were written since, so that they are not of the peer.
    pub actors_written: bool,
}

/// The identity fields on a span or event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explicit {
    /// `user.id`
    pub user_id: Option<Text>,
    /// `user.email`, which identifies only together with a `user.id`.
    pub email: Option<Text>,
    /// `session.id`
    pub session_id: Option<Text>,
    /// `gen_ai.conversation.id`
    pub conversation_id: Option<Text>,
    /// `tag.` and [`FIELD_TAG`].
    pub tag: Option<Text>,
}

/// The only tag that is a field of spans and events.
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
    /// `set_conversation(id)`
    SetConversation(Text),
    /// `clear_conversation()`
    ClearConversation,
    /// `set_actor(actor)`
    SetActor(ActorSpec),
    /// `clear_actor()`
    ClearActor,
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
    /// `add_breadcrumb(..)`, repeated.
    AddBreadcrumbs(Crumbs),
}

/// The target of a write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// The nearest mutable frame: `whose::set_user(..)`.
    Nearest,
    /// The global frame: `whose::global().set_user(..)`.
    Global,
}

/// The parent of a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Parent {
    /// The current span.
    Contextual,
    /// No parent: `parent: None`.
    Root,
    /// The span with that number: `parent: &span`.
    Of(usize),
}

/// The place that a body runs in.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A fixed scope.
    Fixed(ScopeData),
    /// A new isolated scope with initial data.
    Isolated(ScopeData),
    /// The shared isolated scope with that number.
    Shared(usize),
    /// The scope with that number, captured by `Scope::current()`.
    Captured(usize),
    /// The span with that number, entered.
    Span(usize),
    /// A spawned task or thread, which the program awaits.
    Spawned(Worker, Carry),
}

/// The way to enter a scope or span. Spawned places ignore it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EntryMethod {
    /// By a guard.
    Guard,
    /// By a closure.
    Closure,
    /// Around a future, on every poll.
    Future,
}

/// The worker of a spawned body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Worker {
    /// A task of the runtime.
    Task,
    /// A blocking thread of the runtime.
    Blocking,
    /// A new thread.
    Thread,
}

/// The scope that a spawned body carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Carry {
    /// None: the body starts with an empty stack.
    Nothing,
    /// The current scope of the spawner.
    Current,
}

/// A step of a program.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Runs the body in a place and exits the place.
    Within(Place, EntryMethod, Vec<Op>),
    /// Changes a mutable frame.
    Write(Target, Write),
    /// Captures the current scope under a number.
    Capture(usize),
    /// Creates the next span.
    CreateSpan(Parent, Explicit),
    /// Records identity fields on an existing span.
    RecordLate(usize, Explicit),
    /// Drops the handle of a span.
    DropSpan(usize),
    /// Emits an event.
    Event(Explicit),
    /// Reports an error with this data, which is never anonymous.
    Error(ScopeData),
    /// Records a score with the user, session, conversation and actors of this data, which is never
    /// anonymous.
    Score(ScopeData),
    /// Yields to the runtime.
    Yield,
}

/// A program: its steps, in order, under its own global frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Program(pub Vec<Op>);
