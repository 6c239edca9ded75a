//! `err`: what a function failed with.

use std::error::Error;
use std::fmt;
use std::ops::Deref;

use tracing::Span;

use crate::capture::ErrorReport;
use crate::record::ErrorDetails;
use crate::user_code::{details_of_dyn, details_of_error, details_of_other, DynError};

/// What can be seen of an error beside its message.
#[derive(Debug)]
pub struct ErrorAnatomy(ErrorDetails);

/// Finds out what an error is: `(&&&Probe(&error)).anatomy()` takes the first of the
/// implementations below whose bounds hold, which is as close as stable Rust comes to "if it is an
/// `Error`".
pub struct ErrorProbe<'a, T: ?Sized>(pub &'a T);

/// What a [`Probe`] finds.
pub trait Failing {
    /// The anatomy.
    fn anatomy(&self) -> ErrorAnatomy;
}

impl<T: Error + ?Sized> Failing for &&ErrorProbe<'_, T> {
    fn anatomy(&self) -> ErrorAnatomy {
        ErrorAnatomy(details_of_error(self.0))
    }
}

/// `anyhow::Error`, `eyre::Report`, `Box<dyn Error>`: they hold an error and are none.
impl<T> Failing for &ErrorProbe<'_, T>
where
    T: Deref + ?Sized,
    T::Target: DynError,
{
    fn anatomy(&self) -> ErrorAnatomy {
        ErrorAnatomy(details_of_dyn(self.0))
    }
}

/// Whatever else can be shown.
impl<T: ?Sized> Failing for ErrorProbe<'_, T> {
    fn anatomy(&self) -> ErrorAnatomy {
        ErrorAnatomy(details_of_other::<T>())
    }
}

/// `err`: the span failed, and the error is recorded.
#[track_caller]
pub fn fail<E: fmt::Display + ?Sized>(span: &Span, error: &E, anatomy: ErrorAnatomy) {
    ErrorReport::new(format_args!("{error}"), anatomy.0).capture_failure_of(span);
}

/// `err(Debug)`: as [`fail`], for an error that has no `Display`.
#[track_caller]
pub fn fail_debug<E: fmt::Debug + ?Sized>(span: &Span, error: &E, anatomy: ErrorAnatomy) {
    ErrorReport::new(format_args!("{error:?}"), anatomy.0).capture_failure_of(span);
}
