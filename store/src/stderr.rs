//! Warnings on stderr.

use std::path::Path;

/// Prints a warning about a store.
///
/// Does not use `tracing`: a warning would become a record, and a program without a log layer would
/// not print it.
pub(crate) fn warn(path: &Path, message: &str) {
    eprintln!("whose-store: {path:?}: {message}");
}
