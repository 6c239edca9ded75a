//! Errors of any part of the program.

/// An error that ends the program.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An error message with its causes.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let texts: Vec<_> = std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect();
    texts.join(": ")
}
