//! What was counted instead of being said out loud.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::util::sharded_counter::{self, COUNTS};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident, $count:ident, $counter:ident, $dotted:literal;)*) => {
        /// Counters of this process, since it began; read with [`stats`].
        ///
        /// Each only ever grows. They are read one after the other, so that two of them may be a
        /// record apart while others are at work.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Stats {
            /// Records made: those of [`attributed`](Self::attributed) and of
            /// [`unattributed`](Self::unattributed).
            pub records: u64,
            pub(crate) by_user_source: [u64; COUNTS],
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
            let by_user_source = sharded_counter::sums();
            Stats {
                records: by_user_source.iter().sum(),
                by_user_source,
                $($name: $counter.load(Relaxed),)*
            }
        }

        impl Stats {
            pub(crate) fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$(($dotted, self.$name)),*].into_iter()
            }
        }
    };
}

counters! {
    /// Writes outside every isolated scope, which are refused: see [`set_user`](crate::set_user).
    refused_writes, refused_write, REFUSED_WRITES, "writes.refused";
    /// Writes without a visible effect where they were made, since an inner fixed scope says
    /// something else.
    shadowed_writes, shadowed_write, SHADOWED_WRITES, "writes.shadowed";
    /// Breadcrumbs of events outside every isolated scope, which are not kept: see
    /// [`Layer::with_breadcrumbs`](crate::Layer::with_breadcrumbs).
    refused_breadcrumbs, refused_breadcrumb, REFUSED_BREADCRUMBS, "breadcrumbs.refused";
    /// Guards that were held across an `.await`: see [`Guard`](crate::Guard).
    guards_across_await, guard_across_await, GUARDS_ACROSS_AWAIT, "guards.across_await";
    /// Users that were written over another user in one isolated scope: two requests may share it.
    replaced_users, replaced_user, REPLACED_USERS, "users.replaced";
    /// Spans of one user's request that were entered in another request, where both run, or where it is
    /// not certain whose the work is.
    conflicting_entries, conflicting_entry, CONFLICTING_ENTRIES, "spans.conflicting";
    /// Errors and model calls reported where the subscriber has no [`layer`](crate::layer()).
    unheard_reports, unheard_report, UNHEARD_REPORTS, "reports.unheard";
    /// Ids of users and sessions past the limit, which keep their head and a hash of the whole.
    cut_ids, cut_id, CUT_IDS, "cut.ids";
    /// Texts and attributes of users, and texts of breadcrumbs, cut to a limit or past a limit of
    /// number.
    cut_texts, cut_text, CUT_TEXTS, "cut.texts";
    /// Tags cut to a limit, and tags past the limit of number.
    cut_tags, cut_tag, CUT_TAGS, "cut.tags";
    /// Fields of spans and events, and messages of errors, cut to the limit.
    cut_fields, cut_field, CUT_FIELDS, "cut.fields";
    /// Extra values, contexts and values of breadcrumbs, cut to the limit or past a limit of
    /// number.
    cut_data, cut_datum, CUT_DATA, "cut.data";
    /// Tags dropped because their key breaks the rule of [`Limits::TAG_KEY_CHARS`](crate::Limits).
    invalid_tags, invalid_tag, INVALID_TAGS, "tags.invalid";
    /// Extra values, contexts and values of breadcrumbs that were dropped because their serialiser
    /// failed or panicked.
    failed_values, failed_value, FAILED_VALUES, "values.failed";
    /// Records without a user where the layer requires one: see
    /// [`Layer::with_required_user`](crate::Layer::with_required_user).
    missing_users, missing_user, MISSING_USERS, "users.missing";
    /// Records made by a hook or a sink while it took one, which are not recorded.
    sink_emitted_records, sink_emitted_record, SINK_EMITTED_RECORDS, "sinks.records";
    /// Records that a hook dropped: see [`Layer::with_before_record`](crate::Layer::with_before_record).
    dropped_by_hook, dropped_by_hook, DROPPED_BY_HOOK, "hooks.dropped";
    /// Breadcrumbs that a hook or a filter of breadcrumbs made itself while it ran, which are left
    /// out.
    hook_emitted_breadcrumbs, hook_emitted_breadcrumb, HOOK_EMITTED_BREADCRUMBS, "hooks.breadcrumbs";
    /// Breadcrumbs and records that a hook of the application's lost by panicking.
    hook_panics, hook_panic, HOOK_PANICS, "hooks.panics";
    /// Records that a sink lost by panicking, and flushes that panicked.
    sink_panics, sink_panic, SINK_PANICS, "sinks.panics";
    /// Panics that the hook of [`panic::install`](crate::panic::install) could not record, since a
    /// sink blocks and the queue is full, or no thread could be started.
    unrecorded_panics, unrecorded_panic, UNRECORDED_PANICS, "panics.unrecorded";
}

impl Stats {
    /// The values of every kind that were cut to a limit, and those past a limit of number.
    #[must_use]
    pub const fn cut_values(&self) -> u64 {
        self.cut_ids + self.cut_texts + self.cut_tags + self.cut_fields + self.cut_data
    }
}
