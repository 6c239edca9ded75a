//! Counts records by the source of their user, or by the reason that they have none.

use crate::diagnostics::Stats;
use crate::model::{Attribution, Source, UnattributedReason};
use crate::util::sharded_counter::{self, COUNTS};

const SOURCES: [Source; 5] = [
    Source::Explicit,
    Source::Scope,
    Source::Isolation,
    Source::Global,
    Source::Remote,
];

const _: () = assert!(SOURCES.len() + UnattributedReason::ALL.len() == COUNTS);

/// The index of each counter in the table, and its name in [`Stats::iter`].
const fn of_source(source: Source) -> (usize, &'static str) {
    match source {
        // No record has the source `Late` itself: a query computes it.
        Source::Explicit | Source::Late => (0, "records.attributed.explicit"),
        Source::Scope => (1, "records.attributed.scope"),
        Source::Isolation => (2, "records.attributed.isolation"),
        Source::Global => (3, "records.attributed.global"),
        Source::Remote => (4, "records.attributed.remote"),
    }
}

const fn of_reason(why: UnattributedReason) -> (usize, &'static str) {
    match why {
        UnattributedReason::NoScope => (5, "records.unattributed.no_scope"),
        UnattributedReason::GlobalOnly => (6, "records.unattributed.global_only"),
        UnattributedReason::NoIsolatedScope => (7, "records.unattributed.no_isolated_scope"),
        UnattributedReason::Unset => (8, "records.unattributed.unset"),
        UnattributedReason::Anonymous => (9, "records.unattributed.anonymous"),
        UnattributedReason::Withheld => (10, "records.unattributed.withheld"),
        // Receivers make such records, and the layer counts its own.
        UnattributedReason::NotSent => (11, "records.unattributed.not_sent"),
    }
}

/// Counts a record.
pub(crate) fn count(attribution: &Attribution) {
    let (at, _) = match (attribution.user_source(), attribution.unattributed()) {
        (Some(source), _) => of_source(source),
        (None, why) => of_reason(why.unwrap_or_default()),
    };
    // One counter for each record, so that a record costs one addition.
    sharded_counter::add(at);
}

impl Stats {
    /// The number of records whose user has that source.
    ///
    /// ```
    /// use whose::Source;
    ///
    /// let rec = whose::testing::Recorder::start();
    /// let before = whose::stats().attributed(Source::Scope);
    /// whose::user("alice").in_scope(|| tracing::info!("hers"));
    /// assert_eq!(whose::stats().attributed(Source::Scope), before + 1);
    /// ```
    #[must_use]
    pub const fn attributed(&self, source: Source) -> u64 {
        match source {
            Source::Late => 0,
            source => self.by_user_source[of_source(source).0],
        }
    }

    /// The number of records without a user, for that reason.
    #[must_use]
    pub const fn unattributed(&self, why: UnattributedReason) -> u64 {
        self.by_user_source[of_reason(why).0]
    }

    /// The counters by name, for an exporter of metrics.
    ///
    /// The names are stable between releases; releases may add names. [`sinks`](crate::sinks)
    /// returns the losses of each sink.
    ///
    /// | name | counts |
    /// |---|---|
    /// | `records` | [`Stats::records`] |
    /// | `records.attributed.*` (`explicit`, `scope`, `isolation`, `global`, `remote`) | [`Stats::attributed`] |
    /// | `records.unattributed.*` (`no_scope`, `global_only`, `no_isolated_scope`, `unset`, `anonymous`, `withheld`) | [`Stats::unattributed`] |
    /// | `truncated.*` (`ids`, `texts`, `tags`, `fields`, `data`) | [`Stats::truncated_ids`] and the others |
    /// | `writes.refused`, `writes.shadowed` | [`Stats::refused_writes`], [`Stats::shadowed_writes`] |
    /// | `breadcrumbs.refused` | [`Stats::refused_breadcrumbs`] |
    /// | `guards.across_await` | [`Stats::guards_across_await`] |
    /// | `tags.invalid`, `values.failed` | [`Stats::invalid_tags`], [`Stats::failed_values`] |
    /// | `users.missing`, `users.replaced` | [`Stats::missing_users`], [`Stats::replaced_users`] |
    /// | `spans.conflicting` | [`Stats::conflicting_entries`] |
    /// | `reports.unheard` | [`Stats::unheard_reports`] |
    /// | `hooks.panics`, `hooks.dropped`, `hooks.dropped_lines`, `hooks.breadcrumbs` | [`Stats::hook_panics`], [`Stats::dropped_by_hook`], [`Stats::dropped_lines`], [`Stats::hook_emitted_breadcrumbs`] |
    /// | `panics.unrecorded` | [`Stats::unrecorded_panics`] |
    /// | `sinks.records`, `sinks.panics` | [`Stats::sink_emitted_records`], [`Stats::sink_panics`] |
    ///
    /// ```
    /// # fn gauge(_: String, _: u64) {}
    /// for (name, value) in whose::stats().iter() {
    ///     gauge(format!("whose.{name}"), value);
    /// }
    /// for sink in whose::sinks() {
    ///     gauge(format!("whose.sinks.dropped.{}", sink.name), sink.dropped);
    /// }
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let places = SOURCES
            .map(of_source)
            .into_iter()
            .chain(UnattributedReason::ALL.map(of_reason));
        let by_user_source = self.by_user_source;
        [("records", self.records)]
            .into_iter()
            .chain(places.map(move |(at, name)| (name, by_user_source[at])))
            .chain(self.named())
    }
}
