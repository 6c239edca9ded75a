//! The output of a monitored job.

use std::convert::Infallible;
use std::fmt::Display;
use std::time::Duration;

use crate::user_code::print::print;

/// The output of a monitored job, which shows whether the run has failed.
///
/// The trait is implemented for `Result`, whose `Err` is a failure, and for types that hold no failure: `()`,
/// numbers, texts, durations, `Option` and `Vec`. [`Monitor::run`](crate::Monitor::run) does not take
/// every type, because the error of a `Result` inside an unknown type would be lost silently.
/// Implement the trait for a type of the application, or use
/// [`Monitor::start`](crate::Monitor::start).
///
/// ```
/// struct Import {
///     rejected: usize,
/// }
///
/// impl whose::MonitorOutput for Import {
///     fn failure(&self) -> Option<String> {
///         (self.rejected > 0).then(|| format!("{} rows were rejected", self.rejected))
///     }
/// }
///
/// let rec = whose::testing::Recorder::start();
/// whose::monitor("import").run(|| Import { rejected: 2 });
/// assert_eq!(rec.events()[1].check_in().unwrap().error, Some("2 rows were rejected"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not show whether a run of the job has failed",
    label = "expected a `Result`, `()`, a number, a text, an `Option` or a `Vec`",
    note = "return `Ok(value)`, implement `whose::MonitorOutput`, or call `.start()` and then `.ok()` or `.failed(error)`"
)]
pub trait MonitorOutput {
    /// Why the run has failed; `None` if the run has not failed.
    fn failure(&self) -> Option<String> {
        None
    }
}

impl<T, E: Display> MonitorOutput for Result<T, E> {
    fn failure(&self) -> Option<String> {
        let error = self.as_ref().err()?;
        Some(print(format_args!("{error}")))
    }
}

impl<T> MonitorOutput for Option<T> {}
impl<T> MonitorOutput for Vec<T> {}

macro_rules! never_failed {
    ($($output:ty),*) => {$(
        impl MonitorOutput for $output {}
    )*};
}

never_failed!(
    (),
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    f32,
    f64,
    &str,
    String,
    Duration,
    Infallible
);
