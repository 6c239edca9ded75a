//! The details of an error value: its type and its causes.

use std::any::type_name;
use std::error::Error;
use std::ops::Deref;

use crate::record::ErrorDetails;
use crate::user_code::print::print_causes;

/// An error without its type, in the forms that `anyhow::Error`, `eyre::Report` and `Box<dyn
/// Error>` dereference to.
pub trait DynError {
    /// The error.
    fn as_dyn(&self) -> &(dyn Error + 'static);
}

macro_rules! dyn_errors {
    ($($ty:ty),*) => {$(
        impl DynError for $ty {
            fn as_dyn(&self) -> &(dyn Error + 'static) {
                self
            }
        }
    )*};
}

dyn_errors!(
    dyn Error,
    dyn Error + Send,
    dyn Error + Sync,
    dyn Error + Send + Sync
);

/// The details of an error with a known type.
pub(crate) fn details_of_error<E: Error + ?Sized>(error: &E) -> ErrorDetails {
    ErrorDetails {
        error_type: name::<E>(),
        causes: print_causes(|| error.source()),
        ..ErrorDetails::default()
    }
}

/// The details of an error with an erased type.
pub(crate) fn details_of_dyn<E>(error: &E) -> ErrorDetails
where
    E: Deref + ?Sized,
    E::Target: DynError,
{
    // The dereference also runs code of the application, so it runs inside `causes`, which catches
    // panics.
    let mut error_type = None;
    let causes = print_causes(|| {
        let error = error.deref().as_dyn();
        error_type = known_type(error).map(Into::into);
        error.source()
    });
    ErrorDetails {
        error_type,
        causes,
        ..ErrorDetails::default()
    }
}

/// The details of a value that is not an error, such as a `String` in `Err`.
pub(crate) fn details_of_other<E: ?Sized>() -> ErrorDetails {
    ErrorDetails {
        error_type: name::<E>(),
        ..ErrorDetails::default()
    }
}

/// The name of the type; `None` for a name with `dyn` in it, which identifies no error type.
fn name<E: ?Sized>() -> Option<Box<str>> {
    let name = type_name::<E>().trim_start_matches('&');
    (!name.contains("dyn ")).then(|| name.into())
}

/// The name of an error type of the standard library. Other types are not recognisable behind a
/// `dyn Error`.
pub(crate) fn known_type(error: &(dyn Error + 'static)) -> Option<&'static str> {
    macro_rules! first_of {
        ($($ty:ty),* $(,)?) => {
            None$(.or_else(|| error.is::<$ty>().then(type_name::<$ty>)))*
        };
    }
    first_of!(
        std::io::Error,
        std::fmt::Error,
        std::num::ParseIntError,
        std::num::ParseFloatError,
        std::num::TryFromIntError,
        std::str::Utf8Error,
        std::string::FromUtf8Error,
        std::str::ParseBoolError,
        std::char::ParseCharError,
        std::net::AddrParseError,
        std::env::VarError,
        std::time::SystemTimeError,
        std::sync::mpsc::RecvError,
        std::array::TryFromSliceError,
    )
}
