//! Every pair of layers × user, session and tags, with the winner and the source from the table of
//! precedence. `truth_table_data.rs` covers extra, contexts and breadcrumbs. The expectations
//! restate the table and do not use the reference model.

use whose::{Source, User};
use whose_tests::model::{Answer, ResolvedUser};
use whose_tests::runner::answer;
use whose_tests::table::FrameKind::{Fixed, Global, Isolated, Remote, Span};
use whose_tests::table::UserSetting::{self, Ann, Anonymous, Bob, Nothing};
use whose_tests::table::{
    ExplicitData, Harness, pairs, winner, with_session, with_tags, with_user,
};

#[test]
fn user_matches_table_for_every_pair() {
    let harness = Harness::new();
    let mut checked = 0;
    for (outer, inner) in pairs() {
        for outer_says in UserSetting::ALL
            .into_iter()
            .filter(|setting| outer.can(*setting))
        {
            for inner_says in UserSetting::ALL
                .into_iter()
                .filter(|setting| inner.can(*setting))
            {
                let case = format!("{outer:?} sets {outer_says:?}, {inner:?} sets {inner_says:?}");
                let expected = winner((outer, outer_says), (inner, inner_says));
                let explicit = ExplicitData {
                    user: inner_says.user(),
                    ..ExplicitData::default()
                };
                harness.case(|| {
                    with_user(outer, outer_says, || {
                        with_user(inner, inner_says, || {
                            if inner.is_around() {
                                assert_eq!(
                                    answer(&whose::current()).user,
                                    expected,
                                    "current(): {case}"
                                );
                            }
                            for (record, answer) in harness.emit(inner, &explicit) {
                                assert_eq!(answer.user, expected, "{record}: {case}");
                            }
                        });
                    });
                });
                checked += 1;
            }
        }
    }
    // A layer supports 6 user settings, a remote scope and a report 5, and fields 4.
    assert_eq!(checked, (6 + 6 + 5 + 6 + 4) * (6 + 5 + 6 + 4 + 4 + 5));
}

#[test]
fn session_matches_table_for_every_pair() {
    let harness = Harness::new();
    // The rule for remote scopes covers users only, so the table has no remote session.
    for (outer, inner) in pairs().filter(|(outer, inner)| *outer != Remote && *inner != Remote) {
        for outer_says in [None, Some("outside")] {
            for inner_says in [None, Some("inside")] {
                let case = format!("{outer:?} sets {outer_says:?}, {inner:?} sets {inner_says:?}");
                let expected = inner_says
                    .map(|id| (id.to_owned(), inner.source()))
                    .or(outer_says.map(|id| (id.to_owned(), outer.source())));
                let explicit = ExplicitData {
                    session: inner_says,
                    ..ExplicitData::default()
                };
                let user = Some(("ann".to_owned(), Source::Global));
                let check = |answer: &Answer, of: &str| {
                    assert_eq!(answer.session, expected, "{of}: {case}");
                    let resolved = match &answer.user {
                        ResolvedUser::Is(known, source) => known.id.clone().map(|id| (id, *source)),
                        ResolvedUser::Unknown | ResolvedUser::Anonymous => None,
                    };
                    assert_eq!(resolved, user, "user of the {of}: {case}");
                };
                harness.case(|| {
                    whose::global().set_user("ann");
                    with_session(outer, outer_says, || {
                        with_session(inner, inner_says, || {
                            if inner.is_around() {
                                check(&answer(&whose::current()), "current()");
                            }
                            for (record, answer) in harness.emit(inner, &explicit) {
                                check(&answer, record);
                            }
                        });
                    });
                });
            }
        }
    }
}

#[test]
fn tags_merge_by_key_for_every_pair() {
    let harness = Harness::new();
    for (outer, inner) in pairs() {
        for (outer_tags, inner_tags, expected) in [
            (&[][..], &[][..], &[][..]),
            (&[("k", "out")][..], &[][..], &[("k", "out")][..]),
            (&[][..], &[("k", "in")][..], &[("k", "in")][..]),
            (&[("k", "out")][..], &[("k", "in")][..], &[("k", "in")][..]),
            (
                &[("k", "out"), ("o", "1")][..],
                &[("i", "2"), ("k", "in")][..],
                &[("i", "2"), ("k", "in"), ("o", "1")][..],
            ),
        ] {
            let case = format!("{outer:?} has {outer_tags:?}, {inner:?} has {inner_tags:?}");
            let text = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
            let expected = expected.iter().map(text).collect();
            let explicit = ExplicitData {
                tags: inner_tags,
                ..ExplicitData::default()
            };
            harness.case(|| {
                with_tags(outer, outer_tags, || {
                    with_tags(inner, inner_tags, || {
                        if inner.is_around() {
                            assert_eq!(
                                answer(&whose::current()).tags,
                                expected,
                                "current(): {case}"
                            );
                        }
                        for (record, answer) in harness.emit(inner, &explicit) {
                            assert_eq!(answer.tags, expected, "{record}: {case}");
                        }
                    });
                });
            });
        }
    }
}

#[test]
fn clear_user_shows_outer_frames_again() {
    let harness = Harness::new();
    for outer in [Global, Isolated, Remote, Fixed, Span] {
        for outer_says in [Nothing, Anonymous, Ann]
            .into_iter()
            .filter(|setting| outer.can(*setting))
        {
            for inner_says in [Anonymous, Bob] {
                for clear in [whose::clear_user, || whose::set_user(None::<User>)] {
                    harness.case(|| {
                        with_user(outer, outer_says, || {
                            let outside = answer(&whose::current());
                            with_user(Isolated, inner_says, || {
                                let inside = answer(&whose::current());
                                assert_eq!(
                                    inside == outside,
                                    outer_says == inner_says,
                                    "{outer:?} {outer_says:?} {inner_says:?}"
                                );
                                clear();
                                let case = format!(
                                    "{outer:?} sets {outer_says:?}, {inner_says:?} cleared"
                                );
                                assert_eq!(answer(&whose::current()), outside, "{case}");
                            });
                        });
                    });
                }
            }
        }
    }
}
