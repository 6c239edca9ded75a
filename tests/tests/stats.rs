//! The counters of `whose::stats()`. One test, alone in its process, because it compares every
//! counter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tracing::info;
use tracing_subscriber::prelude::*;
use whose::{
    Breadcrumb, Record, RecordSink, Scope, Source, Stats, UnattributedReason, User, stats,
};

/// A sink that reports every record after the second as dropped.
#[derive(Default)]
struct Two(AtomicU64);

impl RecordSink for Two {
    fn record(&self, _: &Arc<Record>) {
        self.0.fetch_add(1, Relaxed);
    }

    fn dropped(&self) -> u64 {
        self.0.load(Relaxed).saturating_sub(2)
    }

    fn name(&self) -> &str {
        "two"
    }
}

struct Silent;

impl RecordSink for Silent {
    fn record(&self, _: &Arc<Record>) {}
}

struct Broken;

impl RecordSink for Broken {
    fn record(&self, _: &Arc<Record>) {}

    fn dropped(&self) -> u64 {
        panic!("the sink's own fault")
    }
}

#[test]
fn counters_match_records_and_values() {
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(Silent));
    tracing::subscriber::with_default(subscriber, || {
        assert_records_count_by_source_or_reason();
        assert_truncated_values_count_by_kind();
    });
    assert_counter_names_are_complete_and_unique();
    assert_sinks_report_dropped_records();
}

fn assert_records_count_by_source_or_reason() {
    assert_eq!(stats(), Stats::default());
    info!("no scope");
    info!(user.id = "alice", "explicit");
    whose::user("alice").in_scope(|| info!("scope"));
    whose::tag("a", "b").in_scope(|| info!("no isolated scope"));
    whose::anonymous().in_scope(|| info!("masked"));
    Scope::isolated().in_scope(|| {
        info!("unset");
        whose::set_user("alice");
        info!("isolation");
    });
    whose::user("alice").remote().in_scope(|| info!("remote"));
    whose::global().set_tag("a", "b");
    info!("global only");
    whose::global().set_user("admin");
    info!("global");

    let now = stats();
    for source in [
        Source::Explicit,
        Source::Scope,
        Source::Isolation,
        Source::Global,
        Source::Remote,
    ] {
        assert_eq!(now.attributed(source), 1, "{source}");
    }
    for reason in UnattributedReason::ALL {
        // A record is counted before a policy removes its user, and a received record is not counted.
        let is_counted = !matches!(
            reason,
            UnattributedReason::Withheld | UnattributedReason::NotSent
        );
        let expected = u64::from(is_counted);
        assert_eq!(now.unattributed(reason), expected, "{reason}");
    }
    assert_eq!(now.records, 10);
    assert_eq!(now.missing_users, 0, "no layer requires a user");
    whose::global().clear_user();
    whose::global().remove_tag("a");
}

fn assert_truncated_values_count_by_kind() {
    let long = "x".repeat(100_000);
    let counted = |work: &dyn Fn()| {
        let before = stats();
        work();
        let now = stats();
        let kinds = |stats: Stats| {
            [
                stats.truncated_ids,
                stats.truncated_texts,
                stats.truncated_tags,
                stats.truncated_fields,
                stats.truncated_data,
            ]
        };
        let mut grown = [0; 5];
        for (grown, (now, before)) in grown
            .iter_mut()
            .zip(kinds(now).into_iter().zip(kinds(before)))
        {
            *grown = now - before;
        }
        assert_eq!(
            grown.iter().sum::<u64>(),
            now.truncated_values() - before.truncated_values()
        );
        grown
    };
    let id = || {
        drop((
            User::new(&long),
            whose::session(&long),
            whose::UserId::new(&long),
        ))
    };
    assert_eq!(counted(&id), [3, 0, 0, 0, 0]);
    let text = || {
        drop(User::new("a").with_email(&long).with_attr("plan", &long));
        drop(Breadcrumb::new(&long).with_category(&long));
    };
    assert_eq!(counted(&text), [0, 4, 0, 0, 0]);
    assert_eq!(counted(&|| drop(whose::tag("a", &long))), [0, 0, 1, 0, 0]);
    let many = || drop(Scope::new().tags((0..60).map(|n| (format!("k{n}"), n))));
    assert_eq!(counted(&many), [0, 0, 10, 0, 0]);
    assert_eq!(counted(&|| info!(long, "{long}")), [0, 0, 0, 2, 0]);
    assert_eq!(counted(&|| info!(user.id = long)), [1, 0, 0, 0, 0]);
    let data = || {
        drop(Scope::new().extra("a", &long).context("b", &long));
        drop(Breadcrumb::new("a").with_data("a", &long));
    };
    assert_eq!(counted(&data), [0, 0, 0, 0, 3]);
}

fn assert_counter_names_are_complete_and_unique() {
    let now = stats();
    let named: BTreeMap<_, _> = now.iter().collect();
    assert_eq!(now.iter().count(), named.len(), "every name is unique");
    let names: Vec<_> = named.keys().copied().collect();
    assert_eq!(
        names,
        [
            "breadcrumbs.refused",
            "guards.across_await",
            "hooks.breadcrumbs",
            "hooks.dropped",
            "hooks.dropped_lines",
            "hooks.panics",
            "panics.unrecorded",
            "records",
            "records.attributed.explicit",
            "records.attributed.global",
            "records.attributed.isolation",
            "records.attributed.remote",
            "records.attributed.scope",
            "records.unattributed.anonymous",
            "records.unattributed.global_only",
            "records.unattributed.no_isolated_scope",
            "records.unattributed.no_scope",
            "records.unattributed.not_sent",
            "records.unattributed.unset",
            "records.unattributed.withheld",
            "reports.unheard",
            "sinks.panics",
            "sinks.records",
            "spans.conflicting",
            "tags.invalid",
            "truncated.actors",
            "truncated.data",
            "truncated.fields",
            "truncated.ids",
            "truncated.tags",
            "truncated.texts",
            "users.missing",
            "users.replaced",
            "values.failed",
            "writes.refused",
            "writes.shadowed",
        ]
    );
    assert_eq!(named["records"], now.records);
    assert_eq!(named["truncated.ids"], now.truncated_ids);
    for reason in UnattributedReason::ALL {
        let name = format!("records.unattributed.{reason}");
        assert_eq!(named[&*name], now.unattributed(reason));
    }
    for source in [Source::Explicit, Source::Remote] {
        let name = format!("records.attributed.{source}");
        assert_eq!(named[&*name], now.attributed(source));
    }
}

fn assert_sinks_report_dropped_records() {
    let two = Arc::new(Two::default());
    let layer = whose::layer()
        .with_sink(two.clone())
        .with_sink(Silent)
        .with_sink(Broken);
    let subscriber = tracing_subscriber::registry().with(layer);
    let panics = stats().sink_panics;
    tracing::subscriber::with_default(subscriber, || {
        (0..5).for_each(|step| info!(step));
        let reported: Vec<_> = whose::sinks()
            .into_iter()
            .map(|sink| (sink.name, sink.dropped))
            .collect();
        let silent = std::any::type_name::<Silent>();
        assert_eq!(reported, [("two".into(), 3), (silent.into(), 0)]);
    });
    assert_eq!(
        stats().sink_panics,
        panics + 1,
        "a panicking sink is counted"
    );
    assert_eq!(whose::sinks(), [], "a dropped layer has no sinks");
}
