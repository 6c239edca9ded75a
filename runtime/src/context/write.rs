//! Writes to the nearest isolated scope, and handles for other targets.

use std::panic::Location;
use std::sync::Arc;

use serde::Serialize;

use crate::context::change::Write;
use crate::context::handle::{Handle, Target};
use crate::diagnostics::truncation::attribute;
use crate::diagnostics::{stats, Warning};
use crate::frame::{Frame, Slot};
use crate::model::{AsActor, AsId, AsText, AsUser, Breadcrumb, SessionId, Tags};
use crate::stack;

const REFUSED_WRITE: Warning = Warning::warn("refused write");
const SHADOWED_WRITE: Warning = Warning::debug("shadowed write");

/// The values of the whole process, outside every scope.
///
/// Use `global` for values that apply to every request (region, build), and for the user of a
/// program with one user.
///
/// ```
/// # let _global = whose::testing::isolate_global();
/// whose::global().set_user("admin");
/// assert_eq!(whose::current().user_id(), Some("admin"));
/// ```
#[must_use]
pub fn global() -> Handle {
    Handle(Target::Global(stack::capture().into_stack()))
}

/// A handle of the nearest isolated scope; `None` outside every isolated scope.
///
/// Use the handle to write to the scope from code outside it, such as a thread that the request
/// started.
///
/// ```
/// assert!(whose::isolation().is_none());
/// whose::Scope::isolated().in_scope(|| assert!(whose::isolation().is_some()));
/// ```
#[must_use]
pub fn isolation() -> Option<Handle> {
    stack::nearest_isolated().map(|isolated| Handle(Target::Isolated(isolated)))
}

/// The nearest isolated scope. Outside every isolated scope, the write is refused, counted, and
/// warned about once for each call site.
///
/// Only [`global`] writes to the process. Otherwise one missing scope would give the user of the
/// last writer to every request.
#[track_caller]
pub(crate) fn isolation_or_refused() -> Option<Handle> {
    let handle = isolation();
    if handle.is_none() && !stack::is_torn_down() {
        stats::refused_write();
        REFUSED_WRITE.emit_once(Location::caller(), |origin| {
            format!(
                "write at {origin} refused: no isolated scope is open there. Open a scope for each \
                 request, message or job (`whose::tower::AttributionLayer`, or \
                 `.with_scope(Scope::isolated())` on its future), or use `whose::global()` in a \
                 program with one user"
            )
        });
    }
    handle
}

/// Writes to the nearest isolated scope.
#[track_caller]
fn write(write: Write) {
    let Some(handle) = isolation_or_refused() else {
        return;
    };
    let isolated = match &handle.0 {
        Target::Isolated(isolated) => Some(isolated),
        Target::Global(_) => None,
    };
    let shadowed = stack::with_frames(|frames| {
        frames
            .take_while(|frame| match (frame, &isolated) {
                (Frame::Isolated(here), Some(target)) => !Arc::ptr_eq(here.shared(), target),
                _ => true,
            })
            .any(|frame| match frame {
                Frame::User(..) => write.is_hidden_by_user(),
                Frame::Fixed(data) => write.is_shadowed_by(data),
                Frame::Span(span_identity) => span_identity.read(|data| write.is_shadowed_by(data)),
                _ => false,
            })
    });
    if shadowed {
        stats::shadowed_write();
        SHADOWED_WRITE.emit_once(Location::caller(), |origin| {
            format!(
                "write at {origin} has no visible effect there: an inner scope sets the same value"
            )
        });
    }
    handle.write(write);
}

/// Sets the user of the nearest isolated scope; `None::<User>` clears the user.
///
/// Call `set_user` where a request, message or job knows its user, such as in the middleware that
/// authenticates. Open an isolated scope for each request, with
/// [`Scope::isolated`](crate::Scope::isolated) or `whose::tower::AttributionLayer`.
///
/// Outside every isolated scope the write is refused, counted in
/// [`Stats::refused_writes`](crate::Stats), and warned about once for each call site. A program
/// with one user calls [`global`]`().set_user(..)`.
///
/// ```
/// use whose::{Scope, User};
///
/// Scope::isolated().in_scope(|| {
///     whose::set_user(User::new("usr_1234").with_email("user@example.com").with_attr("plan", "pro"));
///     assert_eq!(whose::current().user_id(), Some("usr_1234"));
///     whose::clear_user();
///     assert_eq!(whose::current().user_id(), None);
/// });
///
/// whose::set_user("alice"); // outside every isolated scope: refused
/// assert_eq!(whose::current().user_id(), None);
/// ```
#[track_caller]
pub fn set_user(user: impl AsUser) {
    write(attribute(|| Write::set_user(&user)));
}

/// Removes the user, or the anonymous state, of the nearest isolated scope. The user outside the
/// scope then applies again.
///
/// ```
/// whose::Scope::isolated().in_scope(|| {
///     whose::set_user("alice");
///     whose::clear_user();
///     assert_eq!(whose::current().user_id(), None);
/// });
/// ```
#[track_caller]
pub fn clear_user() {
    write(Write::User(Slot::Unset, Vec::new()));
}

/// Makes the nearest isolated scope anonymous: no user, also where a scope outside has one.
///
/// Use `set_anonymous` at a logout, and for visitors without an account. Records then have the
/// reason [`Anonymous`](crate::UnattributedReason::Anonymous).
///
/// ```
/// whose::Scope::isolated().in_scope(|| {
///     whose::set_user("alice");
///     whose::set_anonymous(); // a logout
///     assert!(whose::current().is_anonymous());
/// });
/// ```
#[track_caller]
pub fn set_anonymous() {
    write(Write::User(Slot::Anonymous, Vec::new()));
}

/// Sets the session of the nearest isolated scope, and leaves the user unchanged. `None::<Session>`
/// clears the session.
///
/// ```
/// whose::Scope::isolated().in_scope(|| {
///     whose::set_user("alice");
///     whose::set_session("visit-1");
///     let at = whose::current();
///     assert_eq!((at.user_id(), at.session_id()), (Some("alice"), Some("visit-1")));
/// });
/// ```
#[track_caller]
pub fn set_session(session: impl AsId) {
    write(attribute(|| Write::Session(SessionId::of(&session))));
}

/// Removes the session of the nearest isolated scope.
#[track_caller]
pub fn clear_session() {
    write(Write::Session(None));
}

/// Sets who acts for the user of the nearest isolated scope. `None::<Actor>` clears the actor.
/// Outside every isolated scope the write is refused, as for [`set_user`].
///
/// The write replaces the actor of the scope. A later write of another user removes the actor, since
/// the actor does not act for that user: set the user first.
///
/// ```
/// whose::Scope::isolated().in_scope(|| {
///     whose::set_user("customer-7");
///     whose::set_actor("operator-2");
///     assert_eq!(whose::current().actor_id(), Some("operator-2"));
///     whose::set_user("customer-8");
///     assert_eq!(whose::current().actor_id(), None);
/// });
/// ```
#[track_caller]
pub fn set_actor(actor: impl AsActor) {
    write(attribute(|| Write::set_actor(&actor)));
}

/// Removes the actor of the nearest isolated scope. The user stays.
///
/// ```
/// whose::Scope::isolated().in_scope(|| {
///     whose::set_user("customer-7");
///     whose::set_actor("operator-2");
///     whose::clear_actor();
///     let at = whose::current();
///     assert_eq!((at.user_id(), at.actor_id()), (Some("customer-7"), None));
/// });
/// ```
#[track_caller]
pub fn clear_actor() {
    write(Write::Actor(None));
}

/// Sets the conversation of the nearest isolated scope, and leaves the user and the session
/// unchanged. `None::<ConversationId>` clears the conversation.
///
/// ```
/// whose::Scope::isolated().in_scope(|| {
///     whose::set_session("visit-1");
///     whose::set_conversation("thread-7");
///     let at = whose::current();
///     assert_eq!((at.session_id(), at.conversation_id()), (Some("visit-1"), Some("thread-7")));
/// });
/// ```
#[track_caller]
pub fn set_conversation(conversation: impl AsId) {
    write(attribute(|| Write::set_conversation(&conversation)));
}

/// Removes the conversation of the nearest isolated scope.
#[track_caller]
pub fn clear_conversation() {
    write(Write::Conversation(None));
}

/// Sets a tag of the nearest isolated scope; `None` sets nothing. Outside every isolated scope the
/// write is refused, as for [`set_user`].
///
/// A tag with an invalid key is dropped and counted: see [`Limits`](crate::Limits).
///
/// ```
/// whose::Scope::isolated().in_scope(|| {
///     whose::set_tag("plan", "pro");
///     assert_eq!(whose::current().tag("plan"), Some("pro"));
/// });
/// ```
#[track_caller]
pub fn set_tag(key: impl AsRef<str>, value: impl AsText) {
    set_tags([(key, value)]);
}

/// Sets several tags of the nearest isolated scope, as [`set_tag`] does.
///
/// ```
/// whose::Scope::isolated().in_scope(|| {
///     whose::set_tags([("plan", "pro"), ("region", "eu-1")]);
///     assert_eq!(whose::current().tags().count(), 2);
/// });
/// ```
#[track_caller]
pub fn set_tags<K: AsRef<str>, V: AsText>(tags: impl IntoIterator<Item = (K, V)>) {
    write(attribute(|| Write::Tags(Tags::collect(tags))));
}

/// Sets an extra value of the nearest isolated scope. Outside every isolated scope the write is
/// refused, as for [`set_user`].
///
/// The value is serialised now, so later changes have no effect. A value past
/// [`Limits::DATA_BYTES`](crate::Limits) is truncated to the beginning of its JSON. A value whose
/// serialiser fails or panics is left out. Both are counted.
///
/// ```
/// let rec = whose::testing::Recorder::start();
/// whose::set_extra("cart", vec!["book", "pen"]);
/// whose::capture_error(&std::io::Error::other("refused"));
/// assert_eq!(rec.errors()[0].extra("cart").unwrap()[0], "book");
/// ```
#[track_caller]
pub fn set_extra(key: impl AsRef<str>, value: impl Serialize) {
    if let Some(extra) = attribute(|| Write::extra(key.as_ref(), &value)) {
        write(extra);
    }
}

/// Removes an extra value of the nearest isolated scope.
#[track_caller]
pub fn remove_extra(key: impl AsRef<str>) {
    write(Write::Extra(key.as_ref().into(), None));
}

/// Sets a context, a map of values under a name, of the nearest isolated scope. Outside every
/// isolated scope the write is refused, as for [`set_user`].
///
/// The context replaces a context of the same name in the same scope, and merges by key with the
/// contexts of the same name in other scopes; the innermost value wins.
///
/// ```
/// #[derive(serde::Serialize)]
/// struct App { version: &'static str, beta: bool }
///
/// let rec = whose::testing::Recorder::start();
/// whose::set_context("app", App { version: "1.2", beta: true });
/// whose::capture_error(&std::io::Error::other("refused"));
/// assert_eq!(rec.errors()[0].context("app").unwrap()["version"], "1.2");
/// ```
#[track_caller]
pub fn set_context(name: impl AsRef<str>, value: impl Serialize) {
    if let Some(context) = attribute(|| Write::context(name.as_ref(), &value)) {
        write(context);
    }
}

/// Removes a context of the nearest isolated scope.
#[track_caller]
pub fn remove_context(name: impl AsRef<str>) {
    write(Write::Context(name.as_ref().into(), None));
}

/// Adds a breadcrumb to the nearest isolated scope, for errors that happen later. Outside every
/// isolated scope the write is refused, as for [`set_user`].
///
/// ```
/// # let rec = whose::testing::Recorder::start();
/// whose::add_breadcrumb(whose::Breadcrumb::new("opened checkout"));
/// whose::capture_error(&std::io::Error::other("refused"));
/// assert_eq!(rec.errors()[0].breadcrumbs().next().unwrap().message(), "opened checkout");
/// ```
#[track_caller]
pub fn add_breadcrumb(breadcrumb: Breadcrumb) {
    if let Some(handle) = isolation_or_refused() {
        handle.add_breadcrumb(breadcrumb);
    }
}

/// Removes a tag of the nearest isolated scope.
#[track_caller]
pub fn remove_tag(key: impl AsRef<str>) {
    write(Write::RemoveTag(key.as_ref().into()));
}
