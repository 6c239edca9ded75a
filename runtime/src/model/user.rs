use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::diagnostics::truncate::{truncate, truncate_id};
use crate::diagnostics::truncation::{attribute, note};
use crate::diagnostics::{Limits, Truncated};
use crate::model::as_id::AsId;
use crate::model::as_text::AsText;
use crate::model::id::{IdError, UserId};
use crate::model::value::{AsValue, Value};

/// Who activity belongs to: a person, an account, an organisation, a tenant.
///
/// All parts are optional, and cloning is cheap. `Debug` shows the id, or the pseudonym that stands
/// for the id, and how many attributes there are, but no other part.
///
/// ```
/// use whose::User;
///
/// let user = User::new("usr_1234").with_email("user@example.com").with_attr("plan", "pro");
/// assert_eq!(user.id(), Some("usr_1234"));
/// assert_eq!(user.attr("plan").unwrap(), &"pro");
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct User {
    pub(crate) id: Option<UserId>,
    // Most users are an id and nothing else: what is rare lives behind one pointer.
    pub(crate) details: Option<Arc<UserDetails>>,
}

#[derive(Clone, Default, PartialEq)]
pub(crate) struct UserDetails {
    pub(crate) email: Option<Box<str>>,
    pub(crate) username: Option<Box<str>>,
    pub(crate) full_name: Option<Box<str>>,
    pub(crate) ip_address: Option<Box<str>>,
    pub(crate) segment: Option<Box<str>>,
    /// Set by a policy alone, in the place of the id.
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

        #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), "); `None` and the empty text say nothing.")]
        #[must_use]
        #[track_caller]
        pub fn $with(mut self, text: impl AsText) -> Self {
            attribute(|| self.$put(&text));
            self
        }

        pub(crate) fn $put(&mut self, text: &impl AsText) {
            if let Some(text) = text.as_text().filter(|text| !text.is_empty()) {
                // An email or a name tells a user where there is no id: two users never become one.
                let text = truncate_id(Truncated::Text, &text);
                self.details_mut().$field = Some(text.into());
            }
        }
    )*};
}

impl User {
    /// The user of that id; an empty id is no id.
    #[track_caller]
    pub fn new(id: impl AsId) -> Self {
        Self {
            id: attribute(|| UserId::of(&id)),
            details: None,
        }
    }

    /// The user of that id, or why it cannot be one.
    ///
    /// # Errors
    /// As [`UserId::try_new`].
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

    /// Makes this the user of that id and nothing else; says whether it is one.
    #[inline]
    pub(crate) fn put_id(&mut self, id: &(impl AsId + ?Sized)) -> bool {
        self.details = None;
        UserId::put(&mut self.id, id)
    }

    /// A user without an id, to be filled by the `with_*` methods.
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
        /// The name that the user goes by (`user.name` on the wire).
        username, with_username, put_username;
        /// The user's full name.
        full_name, with_full_name, put_full_name;
        /// The address that the user came from.
        ip_address, with_ip_address, put_ip_address;
        /// The segment that the user belongs to.
        segment, with_segment, put_segment;
    }

    /// The pseudonym that stands for the id, where a [`Policy`](crate::Policy) has put one in its
    /// place: `user.hash` on the wire, such as `k1:5d41402a…`.
    #[must_use]
    pub fn hash(&self) -> Option<&str> {
        self.details.as_ref()?.hash.as_deref()
    }

    /// An attribute of the user.
    #[must_use]
    pub fn attr(&self, key: &str) -> Option<&Value> {
        self.details.as_ref()?.attrs.get(key)
    }

    /// The attributes, in the order of their keys.
    pub fn attrs(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.details
            .iter()
            .flat_map(|details| details.attrs.iter().map(|(k, v)| (&**k, v)))
    }

    /// Sets an attribute: a string, a number or a boolean; past 50 of them it is dropped and
    /// counted.
    #[must_use]
    #[track_caller]
    pub fn with_attr(mut self, key: impl AsRef<str>, value: impl AsValue) -> Self {
        attribute(|| self.put_attr(key.as_ref(), &value));
        self
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

    /// States that this user adds its fields to the one that it covers, instead of replacing it; it
    /// has no id of its own, or the same one.
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

    /// Whether nothing is said: no id and no field.
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

    /// Whether it is all in its place: dropping it would do nothing.
    #[inline]
    pub(crate) fn is_in_place(&self) -> bool {
        self.details.is_none() && self.id.as_ref().is_none_or(UserId::is_in_place)
    }

    /// Whether both have an id, and not the same.
    pub(crate) fn is_other_than(&self, other: &Self) -> bool {
        self.id.is_some() && other.id.is_some() && self.id != other.id
    }

    /// Whether this user adds its fields to the one that it covers, instead of replacing it: it is
    /// the same one, or says so. A supplement to somebody of another id replaces all the same, or
    /// one person's email would stand beside another's id.
    pub(crate) fn adds_to(&self, covered: &Self) -> bool {
        let is_same = self.id.is_some() && self.id == covered.id;
        is_same || (self.is_supplement() && !self.is_other_than(covered))
    }

    /// This user, no longer a supplement to anybody.
    pub(crate) fn replacing(mut self) -> Self {
        if self.is_supplement() {
            self.details_mut().supplement = false;
        }
        self
    }

    /// This user with what it does not say taken from `covered`.
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
