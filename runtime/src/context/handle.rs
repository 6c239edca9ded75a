//! Handles: writes to an isolated scope or to the process.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use serde::Serialize;

use crate::context::change::Write;
use crate::diagnostics::truncation::attribute;
use crate::diagnostics::{stats, Warning};
use crate::frame::{Isolated, ScopeData, Slot};
use crate::layer::{breadcrumbs, links};
use crate::model::flag::Flag;
use crate::model::{AsActor, AsId, AsText, AsUser, AsValue, Breadcrumb, SessionId, Tags};
use crate::stack::{frames, Stack};

/// A handle for writes to an isolated scope ([`isolation`](crate::isolation)) or to the values of
/// the whole process ([`global`](crate::global)).
///
/// Use a handle to write from code that runs outside the isolated scope, such as another thread.
/// `Debug` prints the target of the handle, its ids if it is an isolated scope, and the number of
/// tags and values, but none of their contents.
///
/// ```
/// whose::global().set_tag("region", "eu-1");
/// assert_eq!(whose::current().tag("region"), Some("eu-1"));
///
/// whose::Scope::isolated().in_scope(|| {
///     let request = whose::isolation().unwrap();
///     std::thread::spawn(move || request.set_user("alice")).join().unwrap();
///     assert_eq!(whose::current().user_id(), Some("alice"));
/// });
/// ```
#[derive(Clone)]
pub struct Handle(pub(crate) Target);

#[derive(Clone)]
pub(crate) enum Target {
    Isolated(Arc<Isolated>),
    /// The global values that apply to this stack.
    Global(Stack),
}

/// The outcome of a write.
enum Written {
    Applied,
    /// The write replaced another user. Two requests may share the scope.
    ReplacedUser,
}

const REPLACED_USER: Warning = Warning::warn("replaced user");

impl Handle {
    #[track_caller]
    pub(crate) fn write(&self, write: Write) {
        let caller = Location::caller();
        match attribute(|| self.apply(write, caller)) {
            Some(Written::Applied) => {}
            Some(Written::ReplacedUser) => {
                stats::replaced_user();
                REPLACED_USER.emit_once(caller, |origin| {
                    format!(
                        "write at {origin} replaced another user in the same isolated scope: two \
                         requests may share the scope, such as a `Scope::current()` that is kept in \
                         shared state. Open `Scope::isolated()` for each request, and call \
                         `whose::clear_user()` before another user logs in"
                    )
                });
            }
            None => stats::refused_write(),
        }
        if let Target::Isolated(isolated) = &self.0 {
            links::note_write(isolated);
        }
    }

    /// Applies the write; `None` if the write is nested in another write.
    fn apply(&self, write: Write, caller: &'static Location<'static>) -> Option<Written> {
        match &self.0 {
            Target::Isolated(isolated) => isolated.write(|vars| {
                let written = match (&write, &vars.written.user) {
                    (Write::User(Slot::Set(new), _), Slot::Set(old)) if new.is_other_than(old) => {
                        Written::ReplacedUser
                    }
                    _ => Written::Applied,
                };
                if let Some(remote) = &mut vars.remote {
                    write.clear_remote(remote);
                }
                write.apply(&mut vars.written, caller);
                written
            }),
            Target::Global(stack) => frames(stack).with_global(|global| {
                global.write(|data| write.apply(data, caller))?;
                Some(Written::Applied)
            }),
        }
    }

    /// Sets the user; `None` clears the user.
    #[track_caller]
    pub fn set_user(&self, user: impl AsUser) {
        self.write(attribute(|| Write::set_user(&user)));
    }

    /// Removes the user, or the anonymous state, of this target.
    pub fn clear_user(&self) {
        self.write(Write::User(Slot::Unset, Vec::new()));
    }

    /// Makes this target anonymous: no user, also where a scope outside has one.
    #[track_caller]
    pub fn set_anonymous(&self) {
        self.write(Write::User(Slot::Anonymous, Vec::new()));
    }

    /// Sets the session; `None` clears the session.
    #[track_caller]
    pub fn set_session(&self, session: impl AsId) {
        self.write(attribute(|| Write::Session(SessionId::of(&session))));
    }

    /// Removes the session of this target.
    pub fn clear_session(&self) {
        self.write(Write::Session(None));
    }

    /// Sets who acts for the user; `None` clears the actor. Replaces the actor of this target.
    #[track_caller]
    pub fn set_actor(&self, actor: impl AsActor) {
        self.write(attribute(|| Write::set_actor(&actor)));
    }

    /// Removes the actor of this target.
    pub fn clear_actor(&self) {
        self.write(Write::Actor(None));
    }

    /// Sets the conversation; `None` clears the conversation.
    #[track_caller]
    pub fn set_conversation(&self, conversation: impl AsId) {
        self.write(attribute(|| Write::set_conversation(&conversation)));
    }

    /// Removes the conversation of this target.
    pub fn clear_conversation(&self) {
        self.write(Write::Conversation(None));
    }

    /// Sets a tag; `None` sets nothing.
    #[track_caller]
    pub fn set_tag(&self, key: impl AsRef<str>, value: impl AsText) {
        self.set_tags([(key, value)]);
    }

    /// Sets several tags.
    #[track_caller]
    pub fn set_tags<K: AsRef<str>, V: AsText>(&self, tags: impl IntoIterator<Item = (K, V)>) {
        self.write(attribute(|| Write::Tags(Tags::collect(tags))));
    }

    /// Sets an extra value, which is serialised now.
    #[track_caller]
    pub fn set_extra(&self, key: impl AsRef<str>, value: impl Serialize) {
        if let Some(write) = attribute(|| Write::extra(key.as_ref(), &value)) {
            self.write(write);
        }
    }

    /// Removes an extra value of this target.
    pub fn remove_extra(&self, key: impl AsRef<str>) {
        self.write(Write::Extra(key.as_ref().into(), None));
    }

    /// Sets a context, which is serialised now, and replaces a context of the same name in this
    /// target.
    #[track_caller]
    pub fn set_context(&self, name: impl AsRef<str>, value: impl Serialize) {
        if let Some(write) = attribute(|| Write::context(name.as_ref(), &value)) {
            self.write(write);
        }
    }

    /// Removes a context of this target.
    pub fn remove_context(&self, name: impl AsRef<str>) {
        self.write(Write::Context(name.as_ref().into(), None));
    }

    /// Adds a breadcrumb. The target keeps the newest [`Limits::BREADCRUMBS`](crate::Limits).
    pub fn add_breadcrumb(&self, breadcrumb: Breadcrumb) {
        if let Some(breadcrumb) = breadcrumbs::apply_hooks(breadcrumb) {
            self.keep(Arc::new(breadcrumb));
        }
    }

    /// Adds a breadcrumb that has already passed the hooks.
    pub(crate) fn keep(&self, breadcrumb: Arc<Breadcrumb>) {
        match &self.0 {
            Target::Isolated(isolated) => isolated.trail.add(breadcrumb),
            Target::Global(stack) => {
                frames(stack).with_global(|global| global.trail.add(breadcrumb));
            }
        }
    }

    /// Records the evaluation of a feature flag, as [`whose::flag`](crate::flag()) does, but never makes an
    /// event. The target keeps the newest [`Limits::FLAGS`](crate::Limits::FLAGS) keys.
    ///
    /// ```
    /// # let _global = whose::testing::isolate_global();
    /// whose::global().flag("new_checkout", true); // a flag of the whole process
    /// ```
    #[track_caller]
    pub fn flag(&self, key: impl AsRef<str>, value: impl AsValue) {
        if let Some(flag) = attribute(|| Flag::of(key.as_ref(), &value)) {
            self.keep_flag(flag);
        }
    }

    /// Keeps the evaluation of a flag. Returns whether the value is new to the target.
    pub(crate) fn keep_flag(&self, flag: Arc<Flag>) -> bool {
        match &self.0 {
            Target::Isolated(isolated) => isolated.flags.add(flag),
            Target::Global(stack) => frames(stack).with_global(|global| global.flags.add(flag)),
        }
    }

    /// Removes a tag of this target.
    pub fn remove_tag(&self, key: impl AsRef<str>) {
        self.write(Write::RemoveTag(key.as_ref().into()));
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Target::Isolated(isolated) => {
                let (written, remote) =
                    isolated.read(|vars| (vars.written.clone(), vars.remote.clone()));
                f.debug_struct("Handle")
                    .field("written", &written)
                    .field("remote", &remote)
                    .field("breadcrumbs", &isolated.trail)
                    .field("flags", &isolated.flags)
                    .finish()
            }
            Target::Global(stack) => frames(stack).with_global(|global| {
                f.debug_struct("Handle")
                    .field("global", &global.read(ScopeData::clone))
                    .field("breadcrumbs", &global.trail)
                    .field("flags", &global.flags)
                    .finish()
            }),
        }
    }
}
