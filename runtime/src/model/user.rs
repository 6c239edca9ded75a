use std::collections::BTreeMap;
use std::fmt;
use std::mem::swap;
use std::sync::Arc;

use crate::diagnostics::truncate::{truncate, truncate_id};
use crate::diagnostics::truncation::{attribute, note};
use crate::diagnostics::{Limits, Truncated};
use crate::model::as_id::AsId;
use crate::model::as_text::AsText;
use crate::model::id::{IdError, UserId};
use crate::model::value::{AsValue, Value};

/// The user that activity belongs to: a person, an account, an organisation, a tenant.
///
/// All parts are optional, and cloning is cheap. `Debug` prints the id, or the pseudonym in place
/// of the id, and the number of attributes, but no other part.
///
/// ```
/// use whose::User;
///
/// let user = User::new("usr_1234").with_email("user@example.com").with_attr("plan", "pro");
/// assert_eq!(user.id(), Some("usr_1234"));
/// assert_eq!(user.attr("plan").unwrap(), &"pro");
/// ```
#[derive(Default, PartialEq)]
pub struct User {
    pub(crate) id: Option<UserId>,
    // Most users are only an id, so the rarely used parts are behind one pointer.
    pub(crate) details: Option<Arc<UserDetails>>,
}

impl Clone for User {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            id: self.id.clone(),
            details: self.details.clone(),
        }
    }

    /// In place: a user that is written first and moved then costs a second copy.
    #[inline(always)]
    fn clone_from(&mut self, from: &Self) {
        match &from.id {
            Some(id) => UserId::copy_to(&mut self.id, id),
            None => self.id = None,
        }
        self.details.clone_from(&from.details);
    }
}

#[derive(Clone, Default, PartialEq)]
pub(crate) struct UserDetails {
    pub(crate) email: Option<Box<str>>,
    pub(crate) username: Option<Box<str>>,
    pub(crate) full_name: Option<Box<str>>,
    pub(crate) ip_address: Option<Box<str>>,
    pub(crate) segment: Option<Box<str>>,
    /// A policy sets the hash in place of the id; a field can set the hash beside the id.
    pub(crate) hash: Option<Box<str>>,
    pub(crate) attrs: BTreeMap<Box<str>, Value>,
    pub(crate) supplement: bool,
}

macro_rules! texts {
    ($($(#[$doc:meta])* $field:ident, $with:ident, $put:ident;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $field(&self) -> Option<&str> {
            self.details.as_ref()?.$field.as_deref()
        }

        #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), "). `None` and the empty text set nothing.")]
        #[must_use]
        #[track_caller]
        pub fn $with(mut self, text: impl AsText) -> Self {
            attribute(|| self.$put(&text));
            self
        }

        pub(crate) fn $put(&mut self, text: &impl AsText) {
            if let Some(text) = text.as_text().filter(|text| !text.is_empty()) {
                // An email address or a name identifies a user without an id, so truncation keeps
                // different users different.
                let text = truncate_id(Truncated::Text, &text);
                self.details_mut().$field = Some(text.into());
            }
        }
    )*};
}

impl User {
    /// A user with the given id. An empty id is no id.
    ///
    /// An id longer than [`Limits::ID_BYTES`] is truncated to its beginning and a hash of the whole
    /// id.
    #[track_caller]
    pub fn new(id: impl AsId) -> Self {
        Self {
            id: attribute(|| UserId::of(&id)),
            details: None,
        }
    }

    /// A user with the given id. Rejects an invalid id instead of truncating.
    ///
    /// # Errors
    /// The errors of [`UserId::try_new`].
    pub fn try_new(id: impl AsId) -> Result<Self, IdError> {
        UserId::try_new(id).map(|id| Self {
            id: Some(id),
            details: None,
        })
    }

    pub(crate) fn of_id(id: UserId) -> Self {
        Self {
            id: Some(id),
            details: None,
        }
    }

    /// Resets the user to the given id and no other part. Returns whether the id is set.
    #[inline]
    pub(crate) fn put_id(&mut self, id: &(impl AsId + ?Sized)) -> bool {
        self.details = None;
        UserId::put(&mut self.id, id)
    }

    /// A user without an id. Fill it with the `with_*` methods.
    #[must_use]
    pub fn without_id() -> Self {
        Self::default()
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(UserId::as_str)
    }

    texts! {
        /// The email address.
        email, with_email, put_email;
        /// The user name (`user.name` in a record).
        username, with_username, put_username;
        /// The full name.
        full_name, with_full_name, put_full_name;
        /// The IP address that the user came from.
        ip_address, with_ip_address, put_ip_address;
        /// The segment that the user belongs to.
        segment, with_segment, put_segment;
    }

    /// The pseudonym that a [`Policy`](crate::Policy) wrote in place of the id, such as
    /// `k1:5d41402a…`, or that the field `user.hash` of a span or event gave (`user.hash` in a record).
    #[must_use]
    pub fn hash(&self) -> Option<&str> {
        self.details.as_ref()?.hash.as_deref()
    }

    /// An attribute of the user.
    #[must_use]
    pub fn attr(&self, key: &str) -> Option<&Value> {
        self.details.as_ref()?.attrs.get(key)
    }

    /// The attributes, ordered by key.
    pub fn attrs(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.details
            .iter()
            .flat_map(|details| details.attrs.iter().map(|(k, v)| (&**k, v)))
    }

    /// Sets an attribute: a string, a number or a boolean.
    ///
    /// A user has at most [`Limits::ATTRS`] attributes. Further attributes are dropped and counted.
    #[must_use]
    #[track_caller]
    pub fn with_attr(mut self, key: impl AsRef<str>, value: impl AsValue) -> Self {
        attribute(|| self.put_attr(key.as_ref(), &value));
        self
    }

    /// Sets the hash that a field gave beside the id.
    pub(crate) fn put_hash(&mut self, hash: &str) {
        if !hash.is_empty() {
            let hash = truncate_id(Truncated::Text, hash);
            self.details_mut().hash = Some(hash.into());
        }
    }

    pub(crate) fn put_attr(&mut self, key: &str, value: &impl AsValue) {
        let key = truncate(Truncated::Text, key, Limits::ID_BYTES);
        let Some(value) = value.as_value().filter(|_| !key.is_empty()) else {
            return;
        };
        let attrs = &mut self.details_mut().attrs;
        if attrs.len() >= Limits::ATTRS && !attrs.contains_key(&*key) {
            note(Truncated::Text);
            return;
        }
        let value = match value {
            Value::Str(text) => Value::from(truncate(Truncated::Text, &text, Limits::FIELD_BYTES)),
            other => other,
        };
        attrs.insert(key.into(), value);
    }

    /// Makes the user a supplement: a user that adds its fields to the user outside, instead of
    /// replacing that user.
    ///
    /// Use a supplement where the id is not available. A supplement with another id than the user
    /// outside replaces that user.
    ///
    /// ```
    /// use whose::User;
    ///
    /// whose::user(User::new("usr_1").with_email("a@example.com")).in_scope(|| {
    ///     whose::user(User::without_id().with_segment("beta").supplement()).in_scope(|| {
    ///         let at = whose::current();
    ///         assert_eq!(at.user_id(), Some("usr_1"));
    ///         assert_eq!(at.user().unwrap().segment(), Some("beta"));
    ///     });
    /// });
    /// ```
    #[must_use]
    pub fn supplement(mut self) -> Self {
        self.details_mut().supplement = true;
        self
    }

    /// Whether the user has no id and no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id.is_none()
            && self.details.as_ref().is_none_or(|more| {
                let unmarked = UserDetails {
                    supplement: false,
                    ..UserDetails::clone(more)
                };
                unmarked == UserDetails::default()
            })
    }

    pub(crate) fn non_empty(self) -> Option<Self> {
        (!self.is_empty()).then_some(self)
    }

    pub(crate) fn is_supplement(&self) -> bool {
        self.details
            .as_ref()
            .is_some_and(|details| details.supplement)
    }

    pub(crate) fn user_id(&self) -> Option<&UserId> {
        self.id.as_ref()
    }

    pub(crate) fn is_only_id(&self) -> bool {
        self.details.is_none()
    }

    /// Moves `other` into this user, which is empty. A short id is copied in place: moving a text that
    /// was written just before causes a store-forwarding stall.
    #[inline]
    pub(crate) fn take_from(&mut self, other: &mut Self) {
        match &other.id {
            Some(id) if other.is_in_place() => UserId::copy_to(&mut self.id, id),
            _ => swap(self, other),
        }
    }

    /// Whether the user owns no heap memory, so that dropping it has no effect.
    #[inline]
    pub(crate) fn is_in_place(&self) -> bool {
        self.details.is_none() && self.id.as_ref().is_none_or(UserId::is_in_place)
    }

    /// Whether both users have an id, and the ids differ.
    pub(crate) fn is_other_than(&self, other: &Self) -> bool {
        self.id.is_some() && other.id.is_some() && self.id != other.id
    }

    /// Whether this user adds its fields to `covered` instead of replacing it: both have the same
    /// id, or this user is a supplement.
    ///
    /// A supplement with another id replaces. Otherwise the email address of one person could stand
    /// beside the id of another.
    pub(crate) fn adds_to(&self, covered: &Self) -> bool {
        self.adds_to_id(covered.user_id())
    }

    /// As [`adds_to`](Self::adds_to), for a covered user with that id.
    pub(crate) fn adds_to_id(&self, covered: Option<&UserId>) -> bool {
        match (&self.id, covered) {
            (Some(id), Some(covered)) => id == covered,
            _ => self.is_supplement(),
        }
    }

    /// The user without its mark as a supplement.
    pub(crate) fn replacing(mut self) -> Self {
        if self.is_supplement() {
            self.details_mut().supplement = false;
        }
        self
    }

    /// This user, with its unset parts taken from `covered`.
    pub(crate) fn over(&self, covered: &Self) -> Self {
        let id = self.id.clone().or_else(|| covered.id.clone());
        let more = match (&self.details, &covered.details) {
            (None, more) | (more, None) => more.clone(),
            (Some(inner), Some(outer)) => {
                let mut attrs = outer.attrs.clone();
                for (key, value) in &inner.attrs {
                    if attrs.len() < Limits::ATTRS || attrs.contains_key(key) {
                        attrs.insert(key.clone(), value.clone());
                    } else {
                        note(Truncated::Text);
                    }
                }
                let text = |inner: &Option<Box<str>>, outer: &Option<Box<str>>| {
                    inner.clone().or_else(|| outer.clone())
                };
                Some(Arc::new(UserDetails {
                    email: text(&inner.email, &outer.email),
                    username: text(&inner.username, &outer.username),
                    full_name: text(&inner.full_name, &outer.full_name),
                    ip_address: text(&inner.ip_address, &outer.ip_address),
                    segment: text(&inner.segment, &outer.segment),
                    hash: text(&inner.hash, &outer.hash),
                    attrs,
                    supplement: inner.supplement && outer.supplement,
                }))
            }
        };
        Self { id, details: more }
    }

    pub(crate) fn details_mut(&mut self) -> &mut UserDetails {
        Arc::make_mut(self.details.get_or_insert_default())
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("User");
        shown.field("id", &self.id());
        if let Some(hash) = self.hash() {
            shown.field("hash", &hash);
        }
        shown.field("attrs", &self.attrs().count());
        shown.finish_non_exhaustive()
    }
}
