//! Streams that are told by the name of their trait alone.

use futures_core::Stream;

/// A value whose type has a trait that is called `Stream`: that of `futures`, or another one.
///
/// The method `put` of the first is found before that of [`Unpolled`], and only where the bound holds.
pub struct PerhapsStream<T>(pub T);

impl<T: Stream> PerhapsStream<T> {
    /// The stream with its scope, as `with` puts it around.
    pub fn put<S, R>(self, scope: S, with: impl FnOnce(S, T) -> R) -> R {
        with(scope, self.0)
    }
}

impl<T: Stream + ?Sized> PerhapsStream<Box<T>> {
    /// As `put`, of a box: a box is a stream only where what is in the box is `Unpin`.
    pub fn put_box<S, R>(self, scope: S, with: impl FnOnce(S, Box<T>) -> R) -> R {
        with(scope, self.0)
    }
}

/// What is no stream of `futures`, so that nothing polls it.
pub trait Unpolled<T> {
    /// The value as it is.
    fn put<S, R>(self, scope: S, with: impl FnOnce(S, T) -> R) -> T;

    /// The value as it is.
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
