use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::diagnostics::truncation::attribute;
use crate::diagnostics::{truncate, Limits, Truncated};
use crate::model::as_id::AsId;
use crate::util::ShortStr;

/// Why a value is not a valid id. Returned by the `try_*` constructors.
///
/// ```
/// use whose::{IdError, User};
///
/// assert_eq!(User::try_new("").unwrap_err(), IdError::Empty);
/// assert!(matches!(User::try_new("x".repeat(300)), Err(IdError::TooLong { bytes: 300 })));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdError {
    /// The id is empty or `None`.
    Empty,
    /// The id is longer than [`Limits::ID_BYTES`].
    TooLong {
        /// The length of the id in bytes.
        bytes: usize,
    },
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the id is empty: pass the id of a user or a session"),
            Self::TooLong { bytes } => write!(
                f,
                "the id is {bytes} bytes long: an id has at most {} (use a key, not a document)",
                Limits::ID_BYTES
            ),
        }
    }
}

impl std::error::Error for IdError {}

fn checked(id: &impl AsId) -> Result<ShortStr, IdError> {
    let id = id.as_id().unwrap_or_default();
    match id.len() {
        0 => Err(IdError::Empty),
        bytes if bytes > Limits::ID_BYTES => Err(IdError::TooLong { bytes }),
        _ => Ok(ShortStr::new(&id)),
    }
}

/// The stored form of an id: truncated to the limit, `None` if empty.
#[inline]
fn kept(id: &(impl AsId + ?Sized)) -> Option<ShortStr> {
    let id = id.as_id()?;
    match id.len() {
        0 => None,
        1..=Limits::ID_BYTES => Some(ShortStr::new(&id)),
        _ => Some(ShortStr::new(&truncate::truncate_id(Truncated::Id, &id))),
    }
}

/// Writes an id that is not empty, truncated to the limit.
#[inline(always)]
fn set_truncated(place: &mut ShortStr, id: &str) {
    match id.len() {
        0..=Limits::ID_BYTES => place.set(id),
        _ => place.set(&truncate::truncate_id(Truncated::Id, id)),
    }
}

macro_rules! id {
    ($name:ident) => {
        impl $name {
            /// Makes an id; `None` if the id is empty.
            ///
            /// An id longer than [`Limits::ID_BYTES`] is truncated to its beginning and a hash of
            /// the whole id.
            #[track_caller]
            pub fn new(id: impl AsId) -> Option<Self> {
                attribute(|| Self::of(&id))
            }

            /// Makes an id, and rejects an invalid one instead of truncating.
            ///
            /// # Errors
            /// [`IdError::Empty`] for an empty id, [`IdError::TooLong`] for an id longer than
            /// [`Limits::ID_BYTES`].
            pub fn try_new(id: impl AsId) -> Result<Self, IdError> {
                checked(&id).map(|text| Self::with(text, &id))
            }

            #[inline]
            pub(crate) fn of(id: &(impl AsId + ?Sized)) -> Option<Self> {
                kept(id).map(|text| Self::with(text, id))
            }

            /// The id as a text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.id.as_str()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// The id of a user: never empty, at most 256 bytes, cheap to clone.
///
/// ```
/// let id = whose::UserId::new("usr_1234").unwrap();
/// assert_eq!(id.as_str(), "usr_1234");
/// assert!(whose::UserId::new("").is_none());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId {
    id: ShortStr,
}

impl UserId {
    #[inline]
    fn with(id: ShortStr, _: &(impl AsId + ?Sized)) -> Self {
        Self { id }
    }

    #[inline]
    pub(crate) fn is_in_place(&self) -> bool {
        self.id.is_inline()
    }

    /// Copies `id` to `place` in place.
    #[inline(always)]
    pub(crate) fn copy_to(place: &mut Option<Self>, id: &Self) {
        let place = place.insert(Self {
            id: ShortStr::default(),
        });
        place.id.clone_from(&id.id);
    }

    /// Writes the id to `place`. Returns whether the id is set.
    #[inline]
    pub(crate) fn put(place: &mut Option<Self>, id: &(impl AsId + ?Sized)) -> bool {
        let Some(id) = id.as_id() else { return false };
        if id.is_empty() {
            return false;
        }
        let place = place.insert(Self {
            id: ShortStr::default(),
        });
        set_truncated(&mut place.id, &id);
        true
    }
}

id!(UserId);

/// The id of a conversation: never empty, at most 256 bytes, cheap to clone.
///
/// A conversation is a thread of exchange with a model inside a session. It is resolved separately
/// from the user and the session.
///
/// ```
/// let id = whose::ConversationId::new("thread-7").unwrap();
/// whose::conversation(&id).in_scope(|| {
///     assert_eq!(whose::current().conversation_id(), Some("thread-7"));
/// });
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConversationId {
    id: ShortStr,
}

impl ConversationId {
    fn with(id: ShortStr, _: &(impl AsId + ?Sized)) -> Self {
        Self { id }
    }
}

id!(ConversationId);

/// A conversation id is an id, so that it can be passed on.
impl AsId for ConversationId {
    fn as_id(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.as_str()))
    }
}

/// The id of a session: never empty, at most 256 bytes, cheap to clone.
///
/// A `SessionId` also holds the id of the session that it continues, if any. Equality and order
/// compare the id alone.
pub struct SessionId {
    id: ShortStr,
    // Few sessions continue another one, so the previous id is behind one pointer.
    previous: Option<Arc<ShortStr>>,
}

impl Clone for SessionId {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            id: self.id.clone(),
            previous: self.previous.clone(),
        }
    }

    /// In place, because every record is given a session.
    #[inline]
    fn clone_from(&mut self, from: &Self) {
        self.id.clone_from(&from.id);
        self.previous.clone_from(&from.previous);
    }
}

impl SessionId {
    fn with(id: ShortStr, session: &(impl AsId + ?Sized)) -> Self {
        let previous = session.previous_id().and_then(|previous| kept(&previous));
        // A session does not continue itself.
        let previous = previous.filter(|previous| *previous != id);
        let previous = previous.map(Arc::new);
        Self { id, previous }
    }

    /// Writes the id, which is not empty, to `place`: writing first and moving then causes a
    /// store-forwarding stall.
    #[inline]
    pub(crate) fn put(place: &mut Option<Self>, id: &str, previous: Option<Cow<'_, str>>) {
        let place = place.insert(Self {
            id: ShortStr::default(),
            previous: None,
        });
        set_truncated(&mut place.id, id);
        if let Some(previous) = previous {
            place.previous = kept(&previous)
                .filter(|previous| *previous != place.id)
                .map(Arc::new);
        }
    }

    /// The id of the session that this session continues.
    #[must_use]
    #[inline]
    pub fn previous_id(&self) -> Option<&str> {
        self.previous.as_deref().map(ShortStr::as_str)
    }
}

impl PartialEq for SessionId {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for SessionId {}

impl std::hash::Hash for SessionId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl PartialOrd for SessionId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SessionId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.id.cmp(&other.id)
    }
}

id!(SessionId);

/// The lifecycle that activity is part of: a conversation, a visit, a job run.
///
/// A session is resolved separately from the user: setting one keeps the other.
///
/// ```
/// let session = whose::Session::new("conversation-123");
/// whose::session(&session).in_scope(|| {
///     assert_eq!(whose::current().session_id(), Some("conversation-123"));
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    id: Option<SessionId>,
}

impl Session {
    /// A session with the given id. An empty id sets nothing.
    #[track_caller]
    pub fn new(id: impl AsId) -> Self {
        Self {
            id: attribute(|| SessionId::of(&id)),
        }
    }

    /// A session with the given id. Rejects an invalid id instead of truncating.
    ///
    /// # Errors
    /// The errors of [`SessionId::try_new`].
    pub fn try_new(id: impl AsId) -> Result<Self, IdError> {
        SessionId::try_new(id).map(|id| Self { id: Some(id) })
    }

    /// Sets the id of the session that this session continues, such as the session before a login.
    /// `None` sets nothing.
    ///
    /// ```
    /// use whose::Session;
    ///
    /// let rec = whose::testing::Recorder::start();
    /// whose::set_session(Session::new("s-2").with_previous_id("s-1"));
    /// tracing::info!("renewed");
    /// assert_eq!(rec.events()[0].session_id(), Some("s-2"));
    /// assert_eq!(rec.events()[0].previous_session_id(), Some("s-1"));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_previous_id(mut self, previous: impl AsId) -> Self {
        if let Some(id) = &mut self.id {
            let previous = attribute(|| kept(&previous));
            id.previous = previous
                .filter(|previous| *previous != id.id)
                .map(Arc::new)
                .or(id.previous.take());
        }
        self
    }

    /// The id of the session.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(SessionId::as_str)
    }

    /// The id of the session that this session continues.
    #[must_use]
    pub fn previous_id(&self) -> Option<&str> {
        self.id.as_ref().and_then(SessionId::previous_id)
    }
}

impl AsId for UserId {
    fn as_id(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.as_str()))
    }
}

impl AsId for SessionId {
    fn as_id(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.as_str()))
    }

    fn previous_id(&self) -> Option<Cow<'_, str>> {
        self.previous_id().map(Cow::Borrowed)
    }
}

impl AsId for Session {
    fn as_id(&self) -> Option<Cow<'_, str>> {
        self.id().map(Cow::Borrowed)
    }

    fn previous_id(&self) -> Option<Cow<'_, str>> {
        self.previous_id().map(Cow::Borrowed)
    }
}
