use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use crate::model::as_id::for_each_plain_id;
use crate::model::id::UserId;
use crate::model::user::User;

/// Types that convert to a user: a [`User`], an id, a type that derives `AsUser`, and `Option`s of
/// them.
///
/// ```
/// #[derive(whose::AsUser)]
/// struct Account {
///     #[whose(id)]
///     number: u64,
///     #[whose(email)]
///     email: Option<String>,
///     password_hash: String, // unmarked fields are never read
/// }
///
/// let account = Account { number: 7, email: None, password_hash: "…".into() };
/// whose::user(&account).in_scope(|| {
///     assert_eq!(whose::current().user_id(), Some("7"));
/// });
/// # let _ = account.password_hash;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a user",
    label = "neither a `whose::User` nor an id",
    note = "for a type of your own, `#[derive(whose::AsUser)]` with `#[whose(id)]` on the field that holds the id",
    note = "in a macro, `%` takes any value by its `Display`: `user = %{{expr}}`"
)]
#[cfg_attr(
    not(feature = "uuid"),
    diagnostic::on_unimplemented(
        note = "`uuid::Uuid` is an id with the feature `uuid` of `whose`"
    )
)]
pub trait AsUser {
    /// The user. `None` sets nothing.
    fn as_user(&self) -> Option<User>;

    /// As [`as_user`](Self::as_user), but writes the user to `place`. Returns whether there is a
    /// user.
    #[doc(hidden)]
    fn put_user(&self, place: &mut User) -> bool {
        match self.as_user() {
            Some(user) => {
                *place = user;
                true
            }
            None => false,
        }
    }
}

impl AsUser for User {
    fn as_user(&self) -> Option<User> {
        (!self.is_empty()).then(|| self.clone())
    }
}

macro_rules! by_id {
    ($($from:ty),*) => {$(
        impl AsUser for $from {
            fn as_user(&self) -> Option<User> {
                UserId::of(self).map(User::of_id)
            }

            #[inline]
            fn put_user(&self, place: &mut User) -> bool {
                place.put_id(self)
            }
        }
    )*};
}

for_each_plain_id!(by_id);
by_id!(UserId);

#[cfg(feature = "uuid")]
by_id!(uuid::Uuid);

macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<T: AsUser + ?Sized> AsUser for $pointer {
            fn as_user(&self) -> Option<User> {
                T::as_user(self)
            }

            #[inline]
            fn put_user(&self, place: &mut User) -> bool {
                T::put_user(self, place)
            }
        }
    )*};
}

through!(&T, &mut T, Box<T>, Arc<T>, Rc<T>);

impl<T: AsUser> AsUser for Option<T> {
    fn as_user(&self) -> Option<User> {
        self.as_ref().and_then(T::as_user)
    }

    #[inline]
    fn put_user(&self, place: &mut User) -> bool {
        self.as_ref().is_some_and(|user| user.put_user(place))
    }
}
