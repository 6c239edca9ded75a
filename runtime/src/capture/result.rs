use std::error::Error;
use std::ops::Deref;

use crate::capture::functions::capture_error;
use crate::capture::report::ErrorReport;
use crate::user_code::{details_of_dyn, DynError};

/// Records the error of a `Result` and returns the result.
///
/// The trait is implemented for results with an error that implements `Error`, and for results with
/// an error that dereferences to `dyn Error`: `anyhow::Error`, `eyre::Report`, `Box<dyn Error>`.
///
/// ```
/// use whose::ResultExt;
///
/// let rec = whose::testing::Recorder::start();
/// fn port(text: &str) -> Result<u16, std::num::ParseIntError> {
///     text.parse().capture_err()
/// }
/// fn boxed(text: &str) -> Result<u16, Box<dyn std::error::Error + Send + Sync>> {
///     Err(text.into()).capture_err()
/// }
/// assert!(port("80").is_ok() && port("http").is_err() && boxed("no port").is_err());
/// assert_eq!(rec.errors().len(), 2);
/// ```
///
/// The compiler infers `Marker`: see [`ErrorMarker`]. A type that matches both forms (`Arc<dyn
/// Error>`) is ambiguous. Write `.inspect_err(|error| whose::capture_error(error))` for such a
/// type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Result` with an error that can be captured",
    label = "expected a `Result` with an `Error`, or with a type that dereferences to `dyn Error`"
)]
pub trait ResultExt<Marker>: Sized {
    /// Records the error of an `Err` with the current user, and returns the result unchanged.
    #[must_use = "the error is recorded and still has to be handled"]
    fn capture_err(self) -> Self;
}

/// The parameter of [`ResultExt`] that distinguishes its two implementations.
///
/// `ErrorMarker<true>` stands for types that implement `Error`. `ErrorMarker<false>` stands for
/// types that dereference to `dyn Error`. The compiler infers the marker, code never names it, and
/// no value of it exists.
#[derive(Debug)]
pub struct ErrorMarker<const IMPLEMENTS_ERROR: bool>(std::convert::Infallible);

impl<T, E: Error> ResultExt<ErrorMarker<true>> for Result<T, E> {
    #[track_caller]
    fn capture_err(self) -> Self {
        if let Err(error) = &self {
            capture_error(error);
        }
        self
    }
}

impl<T, E> ResultExt<ErrorMarker<false>> for Result<T, E>
where
    E: Deref + std::fmt::Display,
    E::Target: DynError,
{
    #[track_caller]
    fn capture_err(self) -> Self {
        if let Err(error) = &self {
            ErrorReport::new(format_args!("{error}"), details_of_dyn(error)).capture();
        }
        self
    }
}
