//! Every pair of layers × extra, contexts and breadcrumbs, with the values from the table of
//! precedence. The expectations restate the table and do not use the reference model.

use std::time::{Duration, SystemTime};

use serde_json::{Value as Json, json};
use tracing::info_span;
use whose::{Breadcrumb, Scope};
use whose_tests::model::{Answer, ResolvedUser};
use whose_tests::program::{self, Datum, Fields};
use whose_tests::runner::answer;
use whose_tests::table::FrameKind::{self, Fixed, Global, Isolated, Remote};
use whose_tests::table::{ExplicitData, Harness, UserSetting, pairs, with_data, with_user};

type Values<'a> = &'a [(&'static str, Datum)];

const ONE: Datum = Datum::Number(1);
const TWO: Datum = Datum::Number(2);
const MAP: Datum = Datum::Map("a", 1);
const OTHER_MAP: Datum = Datum::Map("b", 2);

fn data_pairs() -> impl Iterator<Item = (FrameKind, FrameKind)> {
    pairs().filter(|(outer, inner)| outer.has_data() && inner.has_data())
}

/// Asserts the merged data of both layers inside the inner layer and on its records.
fn check<T: PartialEq + std::fmt::Debug>(
    harness: &Harness,
    (outer, outer_says): (FrameKind, &program::ScopeData),
    (inner, inner_says): (FrameKind, program::ScopeData),
    shown: impl Fn(&Answer) -> T,
    expected: &T,
) {
    let case = format!("{outer:?} sets {outer_says}; {inner:?} sets {inner_says}");
    let explicit = ExplicitData {
        data: inner_says.clone(),
        ..ExplicitData::default()
    };
    harness.case(|| {
        with_data(outer, outer_says, || {
            with_data(inner, &inner_says, || {
                if inner.is_around() {
                    let here = answer(&whose::current());
                    assert_eq!(shown(&here), *expected, "current(): {case}");
                }
                for (record, answer) in harness.emit(inner, &explicit) {
                    assert_eq!(shown(&answer), *expected, "{record}: {case}");
                }
            });
        });
    });
}

#[test]
fn extra_merges_by_key_for_every_pair() {
    let harness = Harness::new();
    let rows: [(Values, Values, Json); 6] = [
        (&[], &[], json!({})),
        (&[("k", ONE)], &[], json!({"k": 1})),
        (&[], &[("k", TWO)], json!({"k": 2})),
        (
            &[("k", ONE), ("o", ONE)],
            &[("k", TWO), ("i", TWO)],
            json!({"i": 2, "k": 2, "o": 1}),
        ),
        (&[("k", ONE)], &[("k", Datum::Null)], json!({"k": null})),
        (&[("k", MAP)], &[("k", OTHER_MAP)], json!({"k": {"b": 2}})),
    ];
    let data = |extra: Values| program::ScopeData {
        extra: extra.to_vec(),
        ..program::ScopeData::default()
    };
    for (outer, inner) in data_pairs() {
        for (outer_says, inner_says, expected) in &rows {
            let shown = |answer: &Answer| json!(answer.extra);
            let outer = (outer, &data(outer_says));
            check(&harness, outer, (inner, data(inner_says)), shown, expected);
        }
    }
}

#[test]
fn contexts_merge_by_name_and_key_for_every_pair() {
    let harness = Harness::new();
    type Contexts = Vec<(&'static str, Fields)>;
    let one = |name, fields: Values| (name, Fields::from_iter(fields.iter().copied()));
    let rows: [(Contexts, Contexts, Json); 6] = [
        (
            vec![one("c", &[("k", ONE)])],
            vec![],
            json!({"c": {"k": 1}}),
        ),
        (
            vec![],
            vec![one("c", &[("k", TWO)])],
            json!({"c": {"k": 2}}),
        ),
        (
            vec![one("c", &[("k", ONE), ("o", ONE)]), one("d", &[("o", ONE)])],
            vec![one("c", &[("k", TWO), ("i", TWO)]), one("e", &[("i", TWO)])],
            json!({"c": {"i": 2, "k": 2, "o": 1}, "d": {"o": 1}, "e": {"i": 2}}),
        ),
        // A map inside a context replaces the outer map.
        (
            vec![one("c", &[("k", MAP)])],
            vec![one("c", &[("k", OTHER_MAP)])],
            json!({"c": {"k": {"b": 2}}}),
        ),
        // A context replaces an earlier context of the same name in the same layer.
        (
            vec![one("c", &[("k", ONE), ("o", ONE)]), one("c", &[("p", ONE)])],
            vec![one("c", &[("i", TWO)]), one("c", &[("j", TWO)])],
            json!({"c": {"j": 2, "p": 1}}),
        ),
        (
            vec![one("c", &[("k", ONE)]), one("c", &[])],
            vec![one("c", &[("i", TWO)])],
            json!({"c": {"i": 2}}),
        ),
    ];
    let data = |contexts: &Contexts| program::ScopeData {
        contexts: contexts.clone(),
        ..program::ScopeData::default()
    };
    for (outer, inner) in data_pairs() {
        for (outer_says, inner_says, expected) in &rows {
            let shown = |answer: &Answer| json!(answer.contexts);
            let outer = (outer, &data(outer_says));
            check(&harness, outer, (inner, data(inner_says)), shown, expected);
        }
    }
}

/// One tag, one extra value and one context with two keys.
fn everything() -> program::ScopeData {
    program::ScopeData {
        tags: [("k", "v")].into(),
        extra: vec![("k", ONE)],
        contexts: vec![("c", Fields::from([("k", ONE), ("o", ONE)]))],
        ..program::ScopeData::default()
    }
}

fn has_data(answer: &Answer) -> (bool, bool, bool) {
    let is_empty = (
        answer.tags.is_empty(),
        answer.extra.is_empty(),
        answer.contexts.is_empty(),
    );
    (!is_empty.0, !is_empty.1, !is_empty.2)
}

#[test]
fn removal_shows_outer_data_again() {
    let harness = Harness::new();
    // The data of a remote isolated scope belongs to the isolated layer.
    let remote_scope = || {
        let scope = Scope::isolated().user("peer").tag("k", "p").extra("k", 3);
        scope.context("c", json!({"p": 3})).remote()
    };
    for outer in [Global, Isolated, Remote, Fixed] {
        for scope in [Scope::isolated, remote_scope] {
            harness.case(|| {
                with_data(outer, &everything(), || {
                    let outside = answer(&whose::current());
                    assert_eq!(has_data(&outside), (true, true, true));
                    scope().in_scope(|| {
                        whose::set_context("c", json!({"k": 2}));
                        let here = answer(&whose::current());
                        assert_eq!(here.contexts["c"], json!({"k": 2, "o": 1}), "{outer:?}");
                        whose::set_tag("k", "2");
                        whose::set_extra("k", 2);
                        let here = answer(&whose::current());
                        assert_eq!((&*here.tags["k"], &here.extra["k"]), ("2", &json!(2)));
                        whose::clear_user();
                        whose::remove_tag("k");
                        whose::remove_extra("k");
                        whose::remove_context("c");
                        assert_eq!(answer(&whose::current()), outside, "{outer:?}");
                    });
                });
            });
        }
    }
}

#[test]
fn user_and_anonymous_keep_outer_data() {
    let harness = Harness::new();
    for (outer, inner) in data_pairs() {
        for inner_says in [UserSetting::Anonymous, UserSetting::Ann, UserSetting::Beta] {
            if !inner.can(inner_says) {
                continue;
            }
            let case = format!("{outer:?}, {inner:?} sets {inner_says:?}");
            let explicit = ExplicitData {
                user: inner_says.user(),
                ..ExplicitData::default()
            };
            harness.case(|| {
                with_data(outer, &everything(), || {
                    whose::global().add_breadcrumb(Breadcrumb::new("1"));
                    with_user(inner, inner_says, || {
                        for (record, answer) in harness.emit(inner, &explicit) {
                            assert_ne!(answer.user, ResolvedUser::Unknown, "{record}: {case}");
                            assert_eq!(has_data(&answer), (true, true, true), "{record}: {case}");
                            let crumbs: &[u64] = if record == "error" { &[1] } else { &[] };
                            assert_eq!(answer.breadcrumbs, crumbs, "{record}: {case}");
                        }
                        whose::clear_user();
                        whose::clear_session();
                        let here = answer(&whose::current());
                        assert_eq!(has_data(&here), (true, true, true), "cleared: {case}");
                    });
                });
            });
        }
    }
}

fn crumb(number: u64, seconds: u64) -> Breadcrumb {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    Breadcrumb::new(number.to_string()).with_timestamp(time)
}

#[test]
fn breadcrumbs_merge_by_time_for_every_pair() {
    let harness = Harness::new();
    let nothing = program::ScopeData::default();
    // A breadcrumb goes to the current isolated scope, or to the process if there is none.
    let add = |crumb| match whose::isolation() {
        Some(isolated) => isolated.add_breadcrumb(crumb),
        None => whose::global().add_breadcrumb(crumb),
    };
    for (outer, inner) in pairs() {
        for (outer_time, expected) in [(10, [1, 2]), (30, [2, 1])] {
            let case = format!("{outer:?} at {outer_time}, {inner:?}");
            harness.case(|| {
                with_data(outer, &nothing, || {
                    add(crumb(1, outer_time));
                    with_data(inner, &nothing, || {
                        add(crumb(2, 20));
                        for (record, answer) in harness.emit(inner, &ExplicitData::default()) {
                            let shown: &[u64] = if record == "error" { &expected } else { &[] };
                            assert_eq!(answer.breadcrumbs, shown, "{record}: {case}");
                        }
                    });
                    // An isolated scope takes its breadcrumbs along, and any other layer has none.
                    let left: &[u64] = if inner == Isolated { &[1] } else { &expected };
                    assert_eq!(harness.error().breadcrumbs, left, "after: {case}");
                });
            });
        }
    }
}

#[test]
fn scope_entered_twice_shows_breadcrumbs_once() {
    let harness = Harness::new();
    let scope = Scope::isolated();
    harness.case(|| {
        scope.clone().in_scope(|| {
            whose::add_breadcrumb(crumb(1, 10));
            scope.in_scope(|| assert_eq!(harness.error().breadcrumbs, [1]));
        });
    });
}

#[test]
fn error_shows_newest_hundred_breadcrumbs_of_two_frames() {
    let harness = Harness::new();
    harness.case(|| {
        // The layers add breadcrumbs in turn. Each layer drops the first 20 of its 120.
        for n in 0..120 {
            whose::global().add_breadcrumb(crumb(2 * n, 2 * n));
        }
        Scope::isolated().in_scope(|| {
            for n in 0..120 {
                whose::add_breadcrumb(crumb(2 * n + 1, 2 * n + 1));
            }
            assert_eq!(harness.error().breadcrumbs, (140..240).collect::<Vec<_>>());
        });
        assert_eq!(
            harness.error().breadcrumbs,
            (20..120).map(|n| 2 * n).collect::<Vec<_>>()
        );
    });
}

#[test]
fn span_has_creation_data_and_error_has_entry_breadcrumbs() {
    let harness = Harness::new();
    harness.case(|| {
        let span = whose::user("ann")
            .extra("k", 1)
            .in_scope(|| info_span!("of ann"));
        Scope::isolated().extra("k", 2).in_scope(|| {
            whose::add_breadcrumb(crumb(1, 10));
            span.in_scope(|| {
                whose::add_breadcrumb(crumb(2, 20));
                let error = harness.error();
                assert_eq!(
                    (error.extra["k"].clone(), error.breadcrumbs),
                    (json!(1), vec![1, 2])
                );
            });
            assert_eq!(harness.error().breadcrumbs, [1, 2]);
        });
    });
}
