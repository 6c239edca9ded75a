use std::error::Error;
use std::ops::Deref;

use super::{of_dyn, DynError, ErrorReport};

/// Captures the error of a `Result` in passing.
///
/// It is there for every error type, and for what holds an error without being one:
/// `anyhow::Error`, `eyre::Report`, `Box<dyn Error>`.
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
/// The parameter tells the two sorts of errors apart and is never written. For a type that is of
/// both sorts (`Arc<dyn Error>`) the compiler asks for it: write
/// `.inspect_err(|error| whose::capture_error(error))` there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no `Result` whose error could be captured",
    label = "expected a `Result` of an error, or of what dereferences to a `dyn Error`"
)]
pub trait ResultExt<Sort>: Sized {
    /// Records the error, if it is one, for whoever is current; gives the result on as it is.
    #[must_use = "what is done about the error is still up to you"]
    fn capture_err(self) -> Self;
}

/// The sort of errors that are errors.
#[derive(Debug)]
pub enum Typed {}

/// The sort of errors that hold an error.
#[derive(Debug)]
pub enum Held {}

impl<T, E: Error> ResultExt<Typed> for Result<T, E> {
    #[track_caller]
    fn capture_err(self) -> Self {
        if let Err(error) = &self {
            crate::capture_error(error);
        }
        self
    }
}

impl<T, E> ResultExt<Held> for Result<T, E>
where
    E: Deref + std::fmt::Display,
    E::Target: DynError,
{
    #[track_caller]
    fn capture_err(self) -> Self {
        if let Err(error) = &self {
            ErrorReport::new(format_args!("{error}"), of_dyn(error)).capture();
        }
        self
    }
}
