//! Values of the application, printed with its own `Display` and `Debug`.

use std::cell::Cell;
use std::error::Error;
use std::fmt;

use crate::diagnostics::truncate::{self, truncate_bytes};
use crate::diagnostics::Limits;
use crate::user_code::catch::catch;

/// Prints an id. A value that panics gives an empty id, which is unset.
pub(crate) fn print_id(arguments: fmt::Arguments<'_>) -> String {
    let print = || truncate::print_id(arguments);
    catch(print).unwrap_or_default()
}

thread_local! {
    /// The buffer of [`with_printed`]. A text is kept in an allocation of its own length.
    static BUFFER: Cell<String> = const { Cell::new(String::new()) };
}

/// Calls `read` with a printed value. The text of a value that panics says so.
pub(crate) fn with_printed<R>(arguments: fmt::Arguments<'_>, read: impl FnOnce(&str) -> R) -> R {
    // A value that prints another value in its own `Display` finds an empty buffer.
    let mut text = Bounded(BUFFER.try_with(Cell::take).unwrap_or_default());
    text.0.clear();
    let write = || fmt::write(&mut text, arguments);
    let result = match catch(write) {
        Some(_) => read(&text.0),
        None => read("<panicked while it was printed>"),
    };
    let _ = BUFFER.try_with(|buffer| buffer.set(text.0));
    result
}

/// Prints a value, as [`with_printed`].
pub(crate) fn print(arguments: fmt::Arguments<'_>) -> String {
    with_printed(arguments, str::to_owned)
}

/// A text that takes no more than its limit: a value may print without end.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // One character past the limit makes the truncation visible to the caller. The room is computed
        // again for a value that continues after an error.
        let room = (Limits::FIELD_BYTES + char::MAX.len_utf8()).saturating_sub(self.0.len());
        self.0.push_str(truncate::head(text, room));
        if self.0.len() > Limits::FIELD_BYTES {
            return Err(fmt::Error);
        }
        Ok(())
    }
}

/// Prints the messages of a `source()` chain, outermost first, at most 32.
///
/// `first` returns the start of the chain, since that call runs code of the application too.
pub(crate) fn print_causes<'a>(
    first: impl FnOnce() -> Option<&'a (dyn Error + 'static)>,
) -> Vec<Box<str>> {
    let mut causes = Vec::new();
    if catch(|| collect_causes(first(), &mut causes)).is_none() {
        causes.push("<panicked while its source was read>".into());
    }
    causes
}

fn collect_causes(mut source: Option<&(dyn Error + 'static)>, causes: &mut Vec<Box<str>>) {
    const MAX_DEPTH: usize = 32;
    while let Some(cause) = source.filter(|_| causes.len() < MAX_DEPTH) {
        causes.push(truncate_bytes(&print(format_args!("{cause}")), Limits::FIELD_BYTES).into());
        source = cause.source();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_ignoring_writer_errors_is_bounded() {
        struct Stubborn;
        impl fmt::Display for Stubborn {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for _ in 0..100 {
                    let _ = f.write_str(&"é".repeat(5_000));
                }
                Ok(())
            }
        }
        let printed = print(format_args!("{Stubborn}")).len();
        assert!(printed > Limits::FIELD_BYTES && printed <= Limits::FIELD_BYTES + 4);
    }
}
