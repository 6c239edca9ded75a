//! Writes: into the nearest mutable layer, or into one that is named.

use std::panic::Location;
use std::sync::Arc;

use serde::Serialize;

use crate::context::handle::{Handle, Target, Write};
use crate::diagnostics::truncation::attribute;
use crate::diagnostics::{stats, Warning};
use crate::frame::{Frame, Slot};
use crate::model::{AsId, AsText, AsUser, Breadcrumb, SessionId, Tags, User};
use crate::stack;

const REFUSED_WRITE: Warning = Warning::warn("refused write");
const SHADOWED_WRITE: Warning = Warning::debug("shadowed write");

/// The layer of the whole process; writing to it always means everybody.
#[must_use]
pub fn global() -> Handle {
    Handle(Target::Global(stack::capture().into_stack()))
}

/// The nearest isolated scope, where there is one.
#[must_use]
pub fn isolation() -> Option<Handle> {
    stack::nearest_isolated().map(|isolated| Handle(Target::Isolated(isolated)))
}

/// The nearest isolated scope; a write for which there is none is refused, counted, and warned about
/// once for each call site. Only [`global`] writes to the process: one forgotten scope would give the
/// last writer's user to every request.
#[track_caller]
fn isolation_or_refused() -> Option<Handle> {
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
                Frame::User(_) => write.is_of_user(),
                Frame::Fixed(says) => write.is_shadowed_by(says),
                Frame::Recorded(recorded) => recorded.read(|says| write.is_shadowed_by(says)),
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
/// Call it where a request, message or job knows its user, such as in the middleware that
/// authenticates. Outside every isolated scope the write is refused, counted
/// ([`Stats::refused_writes`](crate::Stats)), and warned about once for each call site: open a scope
/// for each request ([`Scope::isolated`](crate::Scope::isolated), or
/// `whose::tower::AttributionLayer`). A program with one user calls
/// [`global`]`().set_user(..)`.
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
/// whose::set_user("alice"); // no request: refused
/// assert_eq!(whose::current().user_id(), None);
/// ```
#[track_caller]
pub fn set_user(user: impl AsUser) {
    write(attribute(|| Write::set_user(&user)));
}

/// Takes the user, or the mask, out of the nearest isolated scope, so that what is outside the scope
/// shows again.
#[track_caller]
pub fn clear_user() {
    write(Write::User(Slot::Unset));
}

/// Makes the nearest isolated scope anonymous: no user, whatever is outside.
#[track_caller]
pub fn set_anonymous() {
    write(Write::User(Slot::Anonymous));
}

/// Sets the session of the nearest isolated scope, and leaves the user unchanged.
#[track_caller]
pub fn set_session(session: impl AsId) {
    write(attribute(|| Write::Session(SessionId::of(&session))));
}

/// Takes the session out of the nearest isolated scope.
#[track_caller]
pub fn clear_session() {
    write(Write::Session(None));
}

/// Sets a tag; goes where [`set_user`] goes.
#[track_caller]
pub fn set_tag(key: impl AsRef<str>, value: impl AsText) {
    set_tags([(key, value)]);
}

/// Sets several tags; goes where [`set_user`] goes.
#[track_caller]
pub fn set_tags<K: AsRef<str>, V: AsText>(tags: impl IntoIterator<Item = (K, V)>) {
    write(attribute(|| Write::Tags(Tags::collect(tags))));
}

/// Sets an extra value, as it is now; goes where [`set_user`] goes.
///
/// Changing the original later changes nothing. One past [`Limits::DATA_BYTES`](crate::Limits) keeps the head of its JSON,
/// and one whose serialiser fails or panics is left out; both are counted.
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

/// Takes an extra value out of the nearest isolated scope.
#[track_caller]
pub fn remove_extra(key: impl AsRef<str>) {
    write(Write::Extra(key.as_ref().into(), None));
}

/// Sets a context, a map of values under a name; goes where [`set_user`] goes.
///
/// It takes the place of the one of that name in the same layer, and joins those of other layers
/// key by key, the innermost first.
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

/// Takes a context out of the nearest isolated scope.
#[track_caller]
pub fn remove_context(name: impl AsRef<str>) {
    write(Write::Context(name.as_ref().into(), None));
}

/// Adds a breadcrumb, which an error shows that happens later; goes where [`set_user`] goes.
#[track_caller]
pub fn add_breadcrumb(breadcrumb: Breadcrumb) {
    if let Some(handle) = isolation_or_refused() {
        handle.add_breadcrumb(breadcrumb);
    }
}

/// Takes a tag out of the nearest isolated scope.
#[track_caller]
pub fn remove_tag(key: impl AsRef<str>) {
    write(Write::RemoveTag(key.as_ref().into()));
}

/// Writes what a fixed scope says of the user into every isolated scope around this place, so that
/// the spans which were opened before the user was known are attributed at their close.
pub(crate) fn identify(user: &User) {
    let around: Vec<_> = stack::with_frames(|frames| {
        frames
            .filter_map(|frame| match frame {
                Frame::Isolated(isolated) => Some(isolated.shared().clone()),
                _ => None,
            })
            .collect()
    });
    // In a span whose stack holds none, the one around the entry is the one that writes go to.
    let around = match around.is_empty() {
        true => stack::nearest_isolated().into_iter().collect(),
        false => around,
    };
    for isolated in around {
        Handle(Target::Isolated(isolated)).write(Write::User(Slot::Set(user.clone())));
    }
}
