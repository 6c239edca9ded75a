//! Warnings from before the program has a subscriber.

use std::thread;
use std::time::Duration;

/// How often a waiting warning looks for a subscriber, and how many times.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const LOOKS: u32 = 3_000;

/// Emits a warning as soon as the process has a subscriber.
///
/// A sink is built before the subscriber that it belongs to, and an event without a subscriber is
/// lost. The warning waits on a thread of its own for at most a minute.
pub(crate) fn warn_when_heard(message: String) {
    let wait = move || {
        for _ in 0..LOOKS {
            if tracing::dispatcher::has_been_set() {
                break;
            }
            thread::sleep(LOOK_EVERY);
        }
        tracing::warn!(target: "whose", "{message}");
    };
    // Without a thread there is no sender either, and the records are counted as dropped.
    let _ = thread::Builder::new()
        .name("whose-otlp-warn".to_owned())
        .spawn(wait);
}
