//! Every pair of layers × conversation and actor, with the winner from the table of precedence. The
//! expectations restate the table and do not use the reference model.

use whose_tests::model::{Answer, ChainedActor};
use whose_tests::runner::answer;
use whose_tests::table::FrameKind::{self, Fixed, Global, Isolated, Remote, Span};
use whose_tests::table::UserSetting::{self, Ann, Anonymous, Bob};
use whose_tests::table::{
    Acting, ExplicitData, Harness, acting, pairs, with_acting, with_conversation, with_session,
    with_user,
};

#[test]
fn conversation_matches_table_for_every_pair() {
    let harness = Harness::new();
    for (outer, inner) in pairs() {
        for outer_says in [None, Some("outside")] {
            for inner_says in [None, Some("inside")] {
                let case = format!("{outer:?} sets {outer_says:?}, {inner:?} sets {inner_says:?}");
                let expected = inner_says.or(outer_says).map(str::to_owned);
                let explicit = ExplicitData {
                    conversation: inner_says,
                    ..ExplicitData::default()
                };
                harness.case(|| {
                    with_conversation(outer, outer_says, || {
                        with_conversation(inner, inner_says, || {
                            if inner.is_around() {
                                let here = answer(&whose::current()).conversation;
                                assert_eq!(here, expected, "current(): {case}");
                            }
                            for (record, answer) in harness.emit(inner, &explicit) {
                                assert_eq!(answer.conversation, expected, "{record}: {case}");
                            }
                        });
                    });
                });
            }
        }
    }
}

#[test]
fn user_and_session_keep_outer_conversation() {
    let harness = Harness::new();
    for (outer, inner) in pairs() {
        for inner_says in [Anonymous, Bob].into_iter().filter(|it| inner.can(*it)) {
            let case = format!("{outer:?}, {inner:?} sets {inner_says:?}");
            let explicit = ExplicitData {
                user: inner_says.user(),
                session: Some("session"),
                ..ExplicitData::default()
            };
            harness.case(|| {
                with_conversation(outer, Some("outside"), || {
                    with_session(inner, Some("session"), || {
                        with_user(inner, inner_says, || {
                            for (record, answer) in harness.emit(inner, &explicit) {
                                let conversation = answer.conversation.as_deref();
                                assert_eq!(conversation, Some("outside"), "{record}: {case}");
                            }
                        });
                    });
                });
            });
        }
    }
}

/// Every user that a layer can have, without an actor and, where the layer can have one, with it.
fn settings(layer: FrameKind, actor: &'static str) -> impl Iterator<Item = Acting> {
    let actors = [None, Some(actor)];
    let settings = UserSetting::ALL.into_iter();
    let settings = settings.filter(move |setting| layer.can(*setting));
    settings.flat_map(move |setting| {
        let actors = actors.into_iter();
        let actors = actors.filter(move |actor| actor.is_none() || layer.has_actor());
        actors.map(move |actor| Acting { setting, actor })
    })
}

fn ids(answer: &Answer) -> Vec<&str> {
    let actors = answer.actors.actors.iter();
    actors.map(|actor| &*actor.id).collect()
}

#[test]
fn actor_matches_table_for_every_pair() {
    let harness = Harness::new();
    let mut checked = 0;
    for (outer, inner) in pairs() {
        for outer_says in settings(outer, "outside") {
            for inner_says in settings(inner, "inside") {
                let case = format!("{outer:?} sets {outer_says:?}, {inner:?} sets {inner_says:?}");
                let expected = acting((outer, outer_says), (inner, inner_says));
                let expected_ids: Vec<_> = expected.iter().map(|(id, _)| *id).collect();
                let explicit = ExplicitData {
                    user: inner_says.setting.user(),
                    actor: inner_says.actor,
                    ..ExplicitData::default()
                };
                harness.case(|| {
                    with_acting(outer, outer_says, || {
                        with_acting(inner, inner_says, || {
                            if inner.is_around() {
                                let here = answer(&whose::current());
                                assert_eq!(ids(&here), expected_ids, "current(): {case}");
                            }
                            for (record, answer) in harness.emit(inner, &explicit) {
                                let actors = answer.actors.actors.iter();
                                let shown = |it: &ChainedActor| (it.id.clone(), it.source);
                                let shown: Vec<_> = actors.map(shown).collect();
                                let expected = expected.iter();
                                let expected: Vec<_> = expected
                                    .map(|(id, source)| ((*id).to_owned(), Some(*source)))
                                    .collect();
                                assert_eq!(shown, expected, "{record}: {case}");
                            }
                        });
                    });
                });
                checked += 1;
            }
        }
    }
    // A layer supports 6 user settings, a remote scope and a report 5, and fields 4; all but fields
    // support each of them with an actor and without.
    let outer = 2 * (6 + 6 + 5 + 6) + 4;
    assert_eq!(checked, outer * (2 * (6 + 5 + 6 + 5) + 4 + 4));
}

#[test]
fn actor_of_one_layer_has_its_source_for_every_layer() {
    let harness = Harness::new();
    for layer in [Global, Isolated, Remote, Fixed] {
        harness.case(|| {
            let says = Acting {
                setting: Ann,
                actor: Some("actor"),
            };
            with_acting(layer, says, || {
                let expected = Some(layer.source());
                assert_eq!(whose::current().actor_source(), expected);
                for (_, answer) in harness.emit(Span, &ExplicitData::default()) {
                    assert_eq!(answer.actors.actors[0].source, expected);
                }
            });
        });
    }
}
