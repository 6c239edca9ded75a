//! The key `err`: records the error of a function.

use std::error::Error;
use std::fmt;
use std::ops::Deref;

use tracing::Span;

use crate::capture::ErrorReport;
use crate::record::ErrorDetails;
use crate::user_code::{details_of_dyn, details_of_error, details_of_other, DynError};

/// The details of an error beside its message.
#[derive(Debug)]
pub struct ErrorAnatomy(ErrorDetails);

/// Selects the details of an error by its type: `(&&&ErrorProbe(&error)).anatomy()` uses the first
/// implementation below whose bounds hold (autoref specialisation).
pub struct ErrorProbe<'a, T: ?Sized>(pub &'a T);

/// An implementation of [`ErrorProbe`].
pub trait Failing {
    /// The details of the error.
    fn anatomy(&self) -> ErrorAnatomy;
}

impl<T: Error + ?Sized> Failing for &&ErrorProbe<'_, T> {
    fn anatomy(&self) -> ErrorAnatomy {
        ErrorAnatomy(details_of_error(self.0))
    }
}

/// `anyhow::Error`, `eyre::Report`, `Box<dyn Error>`: types that dereference to an error.
impl<T> Failing for &ErrorProbe<'_, T>
where
    T: Deref + ?Sized,
    T::Target: DynError,
{
    fn anatomy(&self) -> ErrorAnatomy {
        ErrorAnatomy(details_of_dyn(self.0))
    }
}

/// Any other type.
impl<T: ?Sized> Failing for ErrorProbe<'_, T> {
    fn anatomy(&self) -> ErrorAnatomy {
        ErrorAnatomy(details_of_other::<T>())
    }
}

/// The key `err`: marks the span as failed and records the error.
#[track_caller]
pub fn fail<E: fmt::Display + ?Sized>(span: &Span, error: &E, anatomy: ErrorAnatomy) {
    ErrorReport::new(format_args!("{error}"), anatomy.0).capture_failure_of(span);
}

/// The key `err(Debug)`: as [`fail`], for an error without `Display`.
#[track_caller]
pub fn fail_debug<E: fmt::Debug + ?Sized>(span: &Span, error: &E, anatomy: ErrorAnatomy) {
    ErrorReport::new(format_args!("{error:?}"), anatomy.0).capture_failure_of(span);
}
