//! Streams that the macros recognise by the name of their trait.

use futures_core::Stream;

/// A value whose type implements a trait named `Stream`: that of `futures`, or another.
///
/// The method `put` of this type is found before that of [`Unpolled`], and only where the bound
/// holds.
pub struct PerhapsStream<T>(pub T);

impl<T: Stream> PerhapsStream<T> {
    /// The stream with its scope, which `with` attaches.
    pub fn put<S, R>(self, scope: S, with: impl FnOnce(S, T) -> R) -> R {
        with(scope, self.0)
    }
}

impl<T: Stream + ?Sized> PerhapsStream<Box<T>> {
    /// As `put`, for a box: a box is a stream only where its content is `Unpin`.
    pub fn put_box<S, R>(self, scope: S, with: impl FnOnce(S, Box<T>) -> R) -> R {
        with(scope, self.0)
    }
}

/// A value that is no stream of `futures`, so that nothing polls the value.
pub trait Unpolled<T> {
    /// The value, unchanged.
    fn put<S, R>(self, scope: S, with: impl FnOnce(S, T) -> R) -> T;

    /// The value, unchanged.
    fn put_box<S, R>(self, scope: S, with: impl FnOnce(S, T) -> R) -> T;
}

impl<T> Unpolled<T> for PerhapsStream<T> {
    fn put<S, R>(self, _: S, _: impl FnOnce(S, T) -> R) -> T {
        self.0
    }

    fn put_box<S, R>(self, _: S, _: impl FnOnce(S, T) -> R) -> T {
        self.0
    }
}
