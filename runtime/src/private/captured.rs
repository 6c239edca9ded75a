//! The text of an input or output that a span records: strings as they are, other values by their
//! `Debug`.
//!
//! The expansion calls `captured(&value).form()`. For the string types, `form` is a method of
//! [`Captured`] itself; for every other type, the method lookup goes on through `Deref` to
//! [`DebugForm`]. The compiler decides by the type, so a type whose `Debug` hides its content is never
//! printed as a text. In a generic function the type is not known, and `Debug` is used.

use std::fmt;
use std::ops::Deref;

use crate::diagnostics::truncate::truncate_bytes;
use crate::diagnostics::Limits;
use crate::user_code::print::with_printed;

/// A value that a span records.
pub struct Captured<'a, T: ?Sized>(DebugForm<'a, T>);

/// Wraps a value for [`Captured::form`].
pub fn captured<T: ?Sized>(value: &T) -> Captured<'_, T> {
    Captured(DebugForm(value))
}

impl<'a, T: ?Sized> Deref for Captured<'a, T> {
    type Target = DebugForm<'a, T>;

    fn deref(&self) -> &DebugForm<'a, T> {
        &self.0
    }
}

macro_rules! texts {
    ($($ty:ty),*) => {$(
        impl<'a> Captured<'a, $ty> {
            /// The text as it is.
            pub fn form(&self) -> TextForm<'a> {
                TextForm(self.0.0)
            }
        }
    )*};
}

texts!(
    str,
    &'a str,
    &'a &'a str,
    String,
    &'a String,
    &'a &'a String
);

/// A text, truncated to the limit of a field.
pub struct TextForm<'a>(&'a str);

impl fmt::Debug for TextForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&truncate_bytes(self.0, Limits::FIELD_BYTES))
    }
}

/// A value by its `Debug`, truncated to the limit of a field.
pub struct DebugForm<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> DebugForm<'a, T> {
    /// The value by its `Debug`.
    pub fn form(&self) -> Self {
        Self(self.0)
    }
}

impl<T: fmt::Debug + ?Sized> fmt::Debug for DebugForm<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        with_printed(format_args!("{:?}", self.0), |text| {
            f.write_str(&truncate_bytes(text, Limits::FIELD_BYTES))
        })
    }
}
