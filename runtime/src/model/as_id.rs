use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use crate::model::as_text::AsText;

/// Types that are an id: strings, whole numbers, `Uuid` (feature `uuid`), and `Option`s of them.
///
/// Derive `AsId` for a newtype. The derive implements [`AsUser`](crate::AsUser) too:
///
/// ```
/// #[derive(whose::AsId)]
/// struct AccountId(u64);
///
/// whose::user(AccountId(7)).in_scope(|| {
///     assert_eq!(whose::current().user_id(), Some("7"));
/// });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an id",
    note = "in a macro, `%` takes any value by its `Display`: `user_id = %{{expr}}`",
    note = "for a newtype of your own, `#[derive(whose::AsId)]`"
)]
#[cfg_attr(
    feature = "uuid",
    diagnostic::on_unimplemented(label = "this is not a string, a whole number or a `Uuid`")
)]
#[cfg_attr(
    not(feature = "uuid"),
    diagnostic::on_unimplemented(
        label = "this is not a string or a whole number",
        note = "`uuid::Uuid` is an id with the feature `uuid` of `whose`"
    )
)]
pub trait AsId {
    /// The id as a text. `None` and the empty text set nothing.
    fn as_id(&self) -> Option<Cow<'_, str>>;

    /// The id of the previous session, if `self` is a session that continues another one: see
    /// [`Session::with_previous_id`](crate::Session::with_previous_id).
    fn previous_id(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// Calls a macro with the types that are an id by their text, for `AsId` and `AsUser`.
macro_rules! for_each_plain_id {
    ($macro:ident) => {
        $macro!(
            str,
            String,
            Cow<'_, str>,
            i8,
            i16,
            i32,
            i64,
            i128,
            isize,
            u8,
            u16,
            u32,
            u64,
            u128,
            usize
        );
    };
}
pub(crate) use for_each_plain_id;

macro_rules! by_text {
    ($($from:ty),*) => {$(
        impl AsId for $from {
            #[inline]
            fn as_id(&self) -> Option<Cow<'_, str>> {
                self.as_text()
            }
        }
    )*};
}

for_each_plain_id!(by_text);

#[cfg(feature = "uuid")]
impl AsId for uuid::Uuid {
    fn as_id(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Owned(self.to_string()))
    }
}

macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<T: AsId + ?Sized> AsId for $pointer {
            fn as_id(&self) -> Option<Cow<'_, str>> {
                T::as_id(self)
            }

            fn previous_id(&self) -> Option<Cow<'_, str>> {
                T::previous_id(self)
            }
        }
    )*};
}

through!(&T, &mut T, Box<T>, Arc<T>, Rc<T>);

impl<T: AsId> AsId for Option<T> {
    fn as_id(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(T::as_id)
    }

    fn previous_id(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(T::previous_id)
    }
}
