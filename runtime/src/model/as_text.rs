use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;
use std::sync::Arc;

/// Types that convert to a text: strings, whole numbers, booleans, IP addresses, and `Option`s of
/// them.
///
/// Tags, email addresses and names accept any `AsText`.
///
/// ```
/// whose::tag("attempt", 3).in_scope(|| {
///     assert_eq!(whose::current().tag("attempt"), Some("3"));
/// });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken as a text",
    label = "not a string, or an `Option` of one",
    note = "in a macro, `%` takes any value by its `Display`: `email = %{{expr}}`"
)]
pub trait AsText {
    /// The text. `None` sets nothing.
    fn as_text(&self) -> Option<Cow<'_, str>>;
}

macro_rules! by_display {
    ($($from:ty),*) => {$(
        impl AsText for $from {
            fn as_text(&self) -> Option<Cow<'_, str>> {
                Some(Cow::Owned(self.to_string()))
            }
        }
    )*};
}

by_display!(
    char, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, IpAddr, Ipv4Addr,
    Ipv6Addr
);

impl AsText for bool {
    fn as_text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(if *self { "true" } else { "false" }))
    }
}

impl AsText for str {
    #[inline]
    fn as_text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl AsText for String {
    #[inline]
    fn as_text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl AsText for Cow<'_, str> {
    fn as_text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<T: AsText + ?Sized> AsText for $pointer {
            fn as_text(&self) -> Option<Cow<'_, str>> {
                T::as_text(self)
            }
        }
    )*};
}

through!(&T, &mut T, Box<T>, Arc<T>, Rc<T>);

impl<T: AsText> AsText for Option<T> {
    fn as_text(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(T::as_text)
    }
}
