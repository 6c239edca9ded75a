//! The counters of the crate.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::util::sharded_counter::{self, COUNTS};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident, $count:ident, $counter:ident, $dotted:literal;)*) => {
        /// The counters of this process since its start; [`stats`] reads them.
        ///
        /// No counter ever decreases. The counters are read one after the other, so two counters
        /// may differ by a record while other threads work.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Stats {
            /// Records made: the sum of [`attributed`](Self::attributed) and
            /// [`unattributed`](Self::unattributed).
            pub records: u64,
            pub(crate) by_user_source: [u64; COUNTS],
            $($(#[$doc])* pub $name: u64,)*
        }

        $(static $counter: AtomicU64 = AtomicU64::new(0);

        // Some counters belong to a feature.
        #[allow(dead_code)]
        pub(crate) fn $count() {
            $counter.fetch_add(1, Relaxed);
        })*

        /// Reads the counters.
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
    /// Writes without a visible effect at their call site, because an inner fixed scope sets the
    /// same value.
    shadowed_writes, shadowed_write, SHADOWED_WRITES, "writes.shadowed";
    /// Breadcrumbs of events outside every isolated scope, which are not kept: see
    /// [`Layer::with_breadcrumbs`](crate::Layer::with_breadcrumbs).
    refused_breadcrumbs, refused_breadcrumb, REFUSED_BREADCRUMBS, "breadcrumbs.refused";
    /// Guards that were held across an `.await`: see [`Guard`](crate::Guard).
    guards_across_await, guard_across_await, GUARDS_ACROSS_AWAIT, "guards.across_await";
    /// Users that replaced another user in the same isolated scope. Two requests may share the
    /// scope.
    replaced_users, replaced_user, REPLACED_USERS, "users.replaced";
    /// Spans of a request with one user that were entered in a running request with another user,
    /// or where the owner of the work is uncertain.
    conflicting_entries, conflicting_entry, CONFLICTING_ENTRIES, "spans.conflicting";
    /// Errors and model calls that were reported where the subscriber has no
    /// [`layer`](crate::layer()).
    unheard_reports, unheard_report, UNHEARD_REPORTS, "reports.unheard";
    /// Ids of users and sessions that were truncated to their beginning and a hash.
    truncated_ids, truncated_id, TRUNCATED_IDS, "truncated.ids";
    /// Truncated texts and attributes of users, texts of breadcrumbs and feature flags, and attributes past
    /// the limit of number.
    truncated_texts, truncated_text, TRUNCATED_TEXTS, "truncated.texts";
    /// Truncated tags, and tags past the limit of number.
    truncated_tags, truncated_tag, TRUNCATED_TAGS, "truncated.tags";
    /// Truncated fields of spans and events, and truncated messages of errors.
    truncated_fields, truncated_field, TRUNCATED_FIELDS, "truncated.fields";
    /// Truncated extra values, contexts and values of breadcrumbs, and those past the limit of
    /// number.
    truncated_data, truncated_datum, TRUNCATED_DATA, "truncated.data";
    /// Actors past the limit of a chain: see [`Limits::ACTORS`](crate::Limits).
    truncated_actors, truncated_actor, TRUNCATED_ACTORS, "truncated.actors";
    /// Tags that were dropped because of an invalid key: see
    /// [`Limits::TAG_KEY_CHARS`](crate::Limits).
    invalid_tags, invalid_tag, INVALID_TAGS, "tags.invalid";
    /// Extra values, contexts and values of breadcrumbs that were dropped because their serialiser
    /// failed or panicked.
    failed_values, failed_value, FAILED_VALUES, "values.failed";
    /// Records without a user where the layer requires a user: see
    /// [`Layer::with_required_user`](crate::Layer::with_required_user).
    missing_users, missing_user, MISSING_USERS, "users.missing";
    /// Records that a hook or a sink emitted while it processed a record. They are not recorded.
    sink_emitted_records, sink_emitted_record, SINK_EMITTED_RECORDS, "sinks.records";
    /// Records that a hook dropped: see
    /// [`Layer::with_before_record`](crate::Layer::with_before_record).
    dropped_by_hook, dropped_by_hook, DROPPED_BY_HOOK, "hooks.dropped";
    /// Log lines that a hook of their format dropped: see `whose::fmt::Attributed::with_before_line`.
    dropped_lines, dropped_line, DROPPED_LINES, "hooks.dropped_lines";
    /// Breadcrumbs that a hook or a filter of breadcrumbs emitted while it ran. They are not kept.
    hook_emitted_breadcrumbs, hook_emitted_breadcrumb, HOOK_EMITTED_BREADCRUMBS, "hooks.breadcrumbs";
    /// Breadcrumbs and records that were lost because a hook panicked.
    hook_panics, hook_panic, HOOK_PANICS, "hooks.panics";
    /// Records that were lost because a sink panicked, and flushes that panicked.
    sink_panics, sink_panic, SINK_PANICS, "sinks.panics";
    /// Panics that [`panic::install`](crate::panic::install) could not record, because a sink
    /// blocked and the queue was full, or because no thread could be started.
    unrecorded_panics, unrecorded_panic, UNRECORDED_PANICS, "panics.unrecorded";
}

impl Stats {
    /// The number of truncated values of every kind, and of values past a limit of number.
    #[must_use]
    pub const fn truncated_values(&self) -> u64 {
        self.truncated_ids
            + self.truncated_texts
            + self.truncated_tags
            + self.truncated_fields
            + self.truncated_data
            + self.truncated_actors
    }
}
