//! Writes: into the nearest mutable layer, or into one that is named.

use std::panic::Location;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value as Json;

use crate::breadcrumb::Breadcrumb;
use crate::cut::named;
use crate::data;
use crate::diagnostics::{self, Once};
use crate::frame::{frames, Frame, GlobalLayer, Isolated, Says, Slot, Stack};
use crate::identity::{AsId, AsText, AsUser, SessionId};
use crate::layer;
use crate::stack;
use crate::stats;
use crate::tags::Tags;

/// One mutable layer: that of the whole process ([`global`]), or an isolated scope
/// ([`isolation`]).
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
#[derive(Clone, Debug)]
pub struct Handle(Target);

#[derive(Clone, Debug)]
enum Target {
    Isolated(Arc<Isolated>),
    /// The global layer that holds for this stack.
    Global(Stack),
}

/// The layer of the whole process; writing to it always means everybody.
#[must_use]
pub fn global() -> Handle {
    Handle(Target::Global(stack::capture()))
}

/// The nearest isolated scope, where there is one.
#[must_use]
pub fn isolation() -> Option<Handle> {
    stack::nearest_isolated().map(|isolated| Handle(Target::Isolated(isolated)))
}

/// What one write changes.
enum Write {
    User(Slot<crate::User>),
    Session(Option<SessionId>),
    Tags(Tags),
    RemoveTag(Box<str>),
    /// A value under a key; `None` takes it out.
    Extra(Box<str>, Option<Json>),
    Context(Box<str>, Option<Json>),
}

impl Write {
    fn set_user(user: &impl AsUser) -> Self {
        Self::User(user.as_user().map_or(Slot::Unset, Slot::Set))
    }

    fn extra(key: &str, value: &impl Serialize) -> Option<Self> {
        Some(Self::Extra(key.into(), Some(data::taken(value)?)))
    }

    fn context(name: &str, value: &impl Serialize) -> Option<Self> {
        Some(Self::Context(name.into(), Some(data::context(value)?)))
    }

    fn apply(self, says: &mut Says) {
        match self {
            Self::User(user) => says.user = user,
            Self::Session(session) => says.session = session,
            Self::Tags(tags) => says.tags.extend(tags),
            Self::RemoveTag(key) => says.tags.remove(&key),
            Self::Extra(key, value) => {
                says.data.get_or_insert_default().set_extra(&key, value);
            }
            Self::Context(name, value) => {
                says.data.get_or_insert_default().set_context(&name, value);
            }
        }
    }

    fn is_shadowed_by(&self, says: &Says) -> bool {
        match self {
            Self::User(_) => !says.user.is_unset(),
            Self::Session(_) => says.session.is_some(),
            Self::Tags(tags) => tags.iter().any(|(key, _)| says.tags.get(key).is_some()),
            Self::RemoveTag(key) => says.tags.get(key).is_some(),
            Self::Extra(key, _) => says.data.as_ref().is_some_and(|d| d.extra(key).is_some()),
            // Contexts join key by key: one further in hides no more than its own keys.
            Self::Context(name, value) => says.data.as_ref().is_some_and(|data| {
                let inner = data.context(name).and_then(Json::as_object);
                let outer = value.as_ref().and_then(Json::as_object);
                inner.is_some_and(|inner| {
                    outer.is_none_or(|outer| outer.keys().any(|key| inner.contains_key(key)))
                })
            }),
        }
    }
}

impl Handle {
    #[track_caller]
    fn write(&self, write: Write) {
        named(|| self.apply(write));
    }

    fn apply(&self, write: Write) {
        match &self.0 {
            Target::Isolated(isolated) => isolated.write(|vars| {
                // Clearing takes out the value that shows, also one that a trusted peer named.
                match (&write, &mut vars.remote) {
                    (Write::User(_), Some(remote)) => remote.user = Slot::Unset,
                    (Write::Session(_), Some(remote)) => remote.session = None,
                    (Write::RemoveTag(key), Some(remote)) => remote.tags.remove(key),
                    (Write::Extra(key, None), Some(remote)) => {
                        if let Some(data) = &mut remote.data {
                            data.set_extra(key, None)
                        }
                    }
                    // It takes the place of the one of its own layer.
                    (Write::Context(name, _), Some(remote)) => {
                        if let Some(data) = &mut remote.data {
                            data.set_context(name, None)
                        }
                    }
                    _ => {}
                }
                write.apply(&mut vars.written);
            }),
            Target::Global(stack) => {
                GlobalLayer::of(frames(stack), |global| {
                    global.write(|says| write.apply(says))
                });
            }
        }
    }

    /// Says who the user is; `None` clears it.
    #[track_caller]
    pub fn set_user(&self, user: impl AsUser) {
        self.write(named(|| Write::set_user(&user)));
    }

    /// Takes out the user, or the mask, that was set in this layer.
    pub fn clear_user(&self) {
        self.write(Write::User(Slot::Unset));
    }

    /// Says that there is nobody, whoever is outside.
    pub fn set_anonymous(&self) {
        self.write(Write::User(Slot::Masked));
    }

    /// Says which session this is part of; `None` clears it.
    #[track_caller]
    pub fn set_session(&self, session: impl AsId) {
        self.write(named(|| Write::Session(SessionId::of(&session))));
    }

    /// Takes out the session that was set in this layer.
    pub fn clear_session(&self) {
        self.write(Write::Session(None));
    }

    /// Sets a tag.
    #[track_caller]
    pub fn set_tag(&self, key: impl AsRef<str>, value: impl AsText) {
        self.set_tags([(key, value)]);
    }

    /// Sets several tags.
    #[track_caller]
    pub fn set_tags<K: AsRef<str>, V: AsText>(&self, tags: impl IntoIterator<Item = (K, V)>) {
        self.write(named(|| Write::Tags(Tags::collect(tags))));
    }

    /// Sets an extra value, as it is now.
    #[track_caller]
    pub fn set_extra(&self, key: impl AsRef<str>, value: impl Serialize) {
        if let Some(write) = named(|| Write::extra(key.as_ref(), &value)) {
            self.write(write);
        }
    }

    /// Takes out an extra value that was set in this layer.
    pub fn remove_extra(&self, key: impl AsRef<str>) {
        self.write(Write::Extra(key.as_ref().into(), None));
    }

    /// Sets a context, as it is now, in place of the one of that name in this layer.
    #[track_caller]
    pub fn set_context(&self, name: impl AsRef<str>, value: impl Serialize) {
        if let Some(write) = named(|| Write::context(name.as_ref(), &value)) {
            self.write(write);
        }
    }

    /// Takes out a context that was set in this layer.
    pub fn remove_context(&self, name: impl AsRef<str>) {
        self.write(Write::Context(name.as_ref().into(), None));
    }

    /// Adds a breadcrumb; the layer keeps the last [`Limits::BREADCRUMBS`](crate::Limits).
    pub fn add_breadcrumb(&self, breadcrumb: Breadcrumb) {
        if let Some(breadcrumb) = layer::before_breadcrumb(breadcrumb) {
            self.keep(Arc::new(breadcrumb));
        }
    }

    /// Adds a breadcrumb that every hook has seen.
    pub(crate) fn keep(&self, breadcrumb: Arc<Breadcrumb>) {
        match &self.0 {
            Target::Isolated(isolated) => isolated.trail.add(breadcrumb),
            Target::Global(stack) => {
                GlobalLayer::of(frames(stack), |global| global.trail.add(breadcrumb));
            }
        }
    }

    /// Takes out a tag that was set in this layer.
    pub fn remove_tag(&self, key: impl AsRef<str>) {
        self.write(Write::RemoveTag(key.as_ref().into()));
    }
}

/// The nearest mutable layer, if it may be written to without being named.
pub(crate) fn nearest() -> Option<Handle> {
    // What a destructor of this thread says must not reach everybody for want of the stack.
    if stack::is_torn_down() {
        return None;
    }
    let handle = isolation().unwrap_or_else(global);
    match &handle.0 {
        Target::Global(stack) if GlobalLayer::of(frames(stack), GlobalLayer::is_serving) => None,
        _ => Some(handle),
    }
}

/// As [`nearest`]; that there is none is counted, and said once for each call site.
#[track_caller]
fn nearest_or_refused() -> Option<Handle> {
    let handle = nearest();
    if handle.is_none() && !stack::is_torn_down() {
        stats::refused_write();
        diagnostics::warn_once(Once::RefusedWrite, Location::caller());
    }
    handle
}

/// Keeps a breadcrumb that the layer made of an event with that stack, or here; outside every
/// isolated scope of a process that serves many, it would be everybody's, and is nobody's.
pub(crate) fn keep_at(stack: Option<Stack>, breadcrumb: Breadcrumb) {
    let handle = match stack {
        Some(stack) => nearest_on(&stack),
        None => nearest(),
    };
    if let Some(handle) = handle {
        handle.keep(Arc::new(breadcrumb));
    }
}

fn nearest_on(stack: &Stack) -> Option<Handle> {
    let isolated = frames(stack).find_map(|frame| match frame {
        Frame::Isolated(isolated) => Some(isolated.clone()),
        _ => None,
    });
    isolated
        .map(|isolated| Handle(Target::Isolated(isolated)))
        .or_else(nearest)
}

/// Writes to the nearest mutable layer.
#[track_caller]
fn write(write: Write) {
    let Some(handle) = nearest_or_refused() else {
        return;
    };
    let isolated = match &handle.0 {
        Target::Isolated(isolated) => Some(isolated),
        Target::Global(_) => None,
    };
    let shadowed = stack::with_frames(|frames| {
        frames
            .take_while(|frame| match (frame, &isolated) {
                (Frame::Isolated(here), Some(target)) => !Arc::ptr_eq(here, target),
                _ => true,
            })
            .any(|frame| match frame {
                Frame::Fixed(says) => write.is_shadowed_by(says),
                Frame::Recorded(recorded) => recorded.read(|says| write.is_shadowed_by(says)),
                _ => false,
            })
    });
    if shadowed {
        stats::shadowed_write();
        diagnostics::warn_once(Once::ShadowedWrite, Location::caller());
    }
    handle.write(write);
}

/// Says who the user is, in the isolated scope around this place; `None::<User>` clears it.
///
/// Outside every isolated scope that is the whole process, but only until the process has opened
/// its first isolated scope: from then on it serves many, and the write is refused, counted
/// ([`Stats::refused_writes`](crate::Stats)) and named once for each call site. [`global`] always
/// writes to the whole process.
///
/// ```
/// use whose::User;
///
/// // a command-line program: the whole process
/// whose::set_user(User::new("usr_1234").with_email("user@example.com").with_attr("plan", "pro"));
/// assert_eq!(whose::current().user_id(), Some("usr_1234"));
/// whose::clear_user();
/// assert_eq!(whose::current().user_id(), None);
/// ```
#[track_caller]
pub fn set_user(user: impl AsUser) {
    write(named(|| Write::set_user(&user)));
}

/// Takes the user, or the mask, out of the nearest mutable layer, so that what is outside it shows
/// again.
#[track_caller]
pub fn clear_user() {
    write(Write::User(Slot::Unset));
}

/// Says that there is nobody from here on, whoever is outside; goes where [`set_user`] goes.
#[track_caller]
pub fn set_anonymous() {
    write(Write::User(Slot::Masked));
}

/// Says which session this is part of; goes where [`set_user`] goes, and leaves the user alone.
#[track_caller]
pub fn set_session(session: impl AsId) {
    write(named(|| Write::Session(SessionId::of(&session))));
}

/// Takes the session out of the nearest mutable layer.
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
    write(named(|| Write::Tags(Tags::collect(tags))));
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
    if let Some(extra) = named(|| Write::extra(key.as_ref(), &value)) {
        write(extra);
    }
}

/// Takes an extra value out of the nearest mutable layer.
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
    if let Some(context) = named(|| Write::context(name.as_ref(), &value)) {
        write(context);
    }
}

/// Takes a context out of the nearest mutable layer.
#[track_caller]
pub fn remove_context(name: impl AsRef<str>) {
    write(Write::Context(name.as_ref().into(), None));
}

/// Adds a breadcrumb, which an error shows that happens later; goes where [`set_user`] goes.
#[track_caller]
pub fn add_breadcrumb(breadcrumb: Breadcrumb) {
    if let Some(handle) = nearest_or_refused() {
        handle.add_breadcrumb(breadcrumb);
    }
}

/// Takes a tag out of the nearest mutable layer.
#[track_caller]
pub fn remove_tag(key: impl AsRef<str>) {
    write(Write::RemoveTag(key.as_ref().into()));
}

/// Writes what a fixed scope says of the user into every isolated scope around this place, so that
/// the spans which were opened before the user was known are attributed at their close.
pub(crate) fn identify(says: &Says) {
    let Slot::Set(user) = &says.user else { return };
    let around: Vec<_> = stack::with_frames(|frames| {
        frames
            .filter_map(|frame| match frame {
                Frame::Isolated(isolated) => Some(isolated.clone()),
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
