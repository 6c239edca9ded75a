//! What was counted instead of being said out loud.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident, $count:ident, $counter:ident;)*) => {
        /// Counters of this process, since it began; read with [`stats`].
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Stats {
            $($(#[$doc])* pub $name: u64,)*
        }

        $(static $counter: AtomicU64 = AtomicU64::new(0);

        pub(crate) fn $count() {
            $counter.fetch_add(1, Relaxed);
        })*

        /// The counters as they are now.
        ///
        /// ```
        /// let before = whose::stats().invalid_tags;
        /// whose::tag("not a key", "v").in_scope(|| ());
        /// assert_eq!(whose::stats().invalid_tags, before + 1);
        /// ```
        #[must_use]
        pub fn stats() -> Stats {
            Stats { $($name: $counter.load(Relaxed),)* }
        }
    };
}

counters! {
    /// Records handed to sinks.
    records, record, RECORDS;
    /// Writes outside every isolated scope, refused because the process serves many: see
    /// [`set_user`](crate::set_user).
    refused_writes, refused_write, REFUSED_WRITES;
    /// Writes without a visible effect where they were made, since an inner fixed scope says
    /// something else.
    shadowed_writes, shadowed_write, SHADOWED_WRITES;
    /// Values cut to a limit, and values past a limit of number.
    cut_values, cut_value, CUT_VALUES;
    /// Tags dropped because their key breaks the rule of [`Limits::TAG_KEY_CHARS`](crate::Limits).
    invalid_tags, invalid_tag, INVALID_TAGS;
    /// Extra values, contexts and values of breadcrumbs that were dropped because their serialiser
    /// failed or panicked.
    failed_values, failed_value, FAILED_VALUES;
    /// Records made by a hook or a sink while it took one, which are not recorded.
    records_of_sinks, record_of_sink, RECORDS_OF_SINKS;
    /// Records that a hook dropped: see [`Layer::with_before`](crate::Layer::with_before).
    dropped_by_hook, dropped_by_hook, DROPPED_BY_HOOK;
    /// Breadcrumbs and records that a hook lost by panicking.
    hook_panics, hook_panic, HOOK_PANICS;
    /// Records that a sink lost by panicking, and flushes that panicked.
    sink_panics, sink_panic, SINK_PANICS;
    /// Panics that the hook of [`panic::install`](crate::panic::install) could not record, since no
    /// thread could be started.
    unrecorded_panics, unrecorded_panic, UNRECORDED_PANICS;
}
