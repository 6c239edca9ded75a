//! Scopes, writes and reads on one stack.

use whose::testing::{Recorder, isolate_global};
use whose::{Scope, Source, User};

fn user_email_and_source() -> (Option<String>, Option<String>, Option<Source>) {
    let attribution = whose::current();
    (
        attribution.user_id().map(Into::into),
        attribution.user().and_then(|u| u.email()).map(Into::into),
        attribution.user_source(),
    )
}

fn known(
    id: &str,
    email: Option<&str>,
    source: Source,
) -> (Option<String>, Option<String>, Option<Source>) {
    (Some(id.into()), email.map(Into::into), Some(source))
}

#[test]
fn other_user_replaces_and_same_user_adds_fields() {
    whose::user(User::new("a").with_email("a@x")).in_scope(|| {
        whose::user("b")
            .in_scope(|| assert_eq!(user_email_and_source(), known("b", None, Source::Scope)));
        whose::user(User::without_id().with_segment("s")).in_scope(|| {
            assert_eq!(
                user_email_and_source(),
                (None, None, Some(Source::Scope)),
                "a user without an id replaces too"
            );
        });
        whose::user(User::new("a").with_segment("s")).in_scope(|| {
            assert_eq!(
                user_email_and_source(),
                known("a", Some("a@x"), Source::Scope)
            );
            assert_eq!(whose::current().user().unwrap().segment(), Some("s"));
        });
        whose::user(User::without_id().with_segment("s").supplement()).in_scope(|| {
            assert_eq!(
                user_email_and_source(),
                known("a", Some("a@x"), Source::Scope)
            );
        });
    });
}

#[test]
fn supplement_takes_outer_id() {
    let _a = whose::user(User::new("1").with_email("a@x")).enter();
    let _b = whose::user(User::without_id().with_segment("s").supplement()).enter();
    let _c = whose::user(User::new("1").with_username("u")).enter();
    let attribution = whose::current();
    let user = attribution.user().unwrap();
    assert_eq!(
        (user.email(), user.segment(), user.username()),
        (Some("a@x"), Some("s"), Some("u"))
    );
}

#[test]
fn supplement_does_not_pass_anonymous() {
    let _a = whose::user(User::new("1").with_email("a@x")).enter();
    let _anonymous = whose::anonymous().enter();
    assert!(whose::current().is_anonymous());
    let _b = whose::user(User::without_id().with_segment("s").supplement()).enter();
    assert_eq!(user_email_and_source(), (None, None, Some(Source::Scope)));
    let _c = whose::user(User::without_id().with_username("u").supplement()).enter();
    assert_eq!(user_email_and_source(), (None, None, Some(Source::Scope)));
    assert_eq!(whose::current().user().unwrap().segment(), Some("s"));
}

#[test]
fn anonymous_hides_user_and_keeps_session() {
    whose::user("a").session("s").in_scope(|| {
        whose::anonymous().in_scope(|| {
            let attribution = whose::current();
            assert_eq!(
                (
                    attribution.user_id(),
                    attribution.user_source(),
                    attribution.session_id()
                ),
                (None, None, Some("s"))
            );
        });
        Scope::isolated().in_scope(|| {
            whose::set_anonymous();
            assert!(whose::current().is_anonymous());
            whose::clear_user();
            assert_eq!(
                whose::current().user_id(),
                Some("a"),
                "the outer user shows again"
            );
        });
    });
}

#[test]
fn write_under_fixed_scope_is_counted_as_shadowed() {
    Scope::isolated().in_scope(|| {
        let before = whose::stats().shadowed_writes;
        whose::user("inner").in_scope(|| {
            whose::set_user("outer");
            assert_eq!(whose::current().user_id(), Some("inner"));
        });
        assert_eq!(whose::stats().shadowed_writes, before + 1);
        assert_eq!(whose::current().user_id(), Some("outer"));
    });
}

#[test]
fn remote_user_holds_until_local_user_is_set() {
    let remote = || whose::user("remote").session("rs").remote();
    remote().in_scope(|| {
        assert_eq!(
            user_email_and_source(),
            known("remote", None, Source::Remote)
        )
    });
    whose::user("local").in_scope(|| {
        remote().in_scope(|| {
            assert_eq!(user_email_and_source(), known("local", None, Source::Scope));
            assert_eq!(
                whose::current().session_id(),
                None,
                "a remote session does not join a local user"
            );
        });
    });
    whose::anonymous().in_scope(|| remote().in_scope(|| assert!(whose::current().is_anonymous())));
    Scope::isolated()
        .user("remote")
        .session("rs")
        .remote()
        .in_scope(|| {
            assert_eq!(
                user_email_and_source(),
                known("remote", None, Source::Remote)
            );
            assert_eq!(whose::current().session_source(), Some(Source::Remote));
            whose::set_user("local");
            assert_eq!(
                user_email_and_source(),
                known("local", None, Source::Isolation)
            );
            assert_eq!(whose::current().session_id(), None);
            whose::clear_user();
            assert_eq!(
                user_email_and_source(),
                (None, None, None),
                "clearing does not restore the remote user"
            );
        });
    let _global = isolate_global();
    whose::global().set_user("everybody");
    remote().in_scope(|| {
        assert_eq!(
            user_email_and_source(),
            known("remote", None, Source::Remote),
            "a global user ranks lower"
        )
    });
}

#[test]
fn tags_merge_by_key_within_limits() {
    whose::tag("a", "1").tag("b", "1").in_scope(|| {
        whose::tag("b", "2")
            .tag("not a key", "x")
            .tag("long", "é".repeat(500))
            .in_scope(|| {
                let attribution = whose::current();
                assert_eq!(
                    (
                        attribution.tag("a"),
                        attribution.tag("b"),
                        attribution.tag("not a key")
                    ),
                    (Some("1"), Some("2"), None)
                );
                assert_eq!(
                    attribution.tag("long").unwrap().chars().count(),
                    whose::Limits::TAG_VALUE_CHARS
                );
                assert_eq!(
                    attribution.tags().map(|(key, _)| key).collect::<Vec<_>>(),
                    ["a", "b", "long"]
                );
            });
    });
    let many = (0..10_000).map(|n| (format!("k{n}"), n));
    Scope::new()
        .tags(many)
        .in_scope(|| assert_eq!(whose::current().tags().count(), whose::Limits::TAGS));
}

#[test]
fn handle_writes_into_own_request_from_anywhere() {
    Scope::isolated().in_scope(|| {
        let request = whose::isolation().unwrap();
        Scope::isolated().in_scope(|| {
            request.set_user("alice");
            assert_eq!(whose::current().user_id(), Some("alice"));
            whose::set_user("bob");
        });
        assert_eq!(whose::current().user_id(), Some("alice"));
        std::thread::spawn(move || request.set_tag("seen", true))
            .join()
            .unwrap();
        assert_eq!(whose::current().tag("seen"), Some("true"));
    });
    assert!(whose::isolation().is_none());
}

#[test]
fn cloned_scopes_do_not_share_additions() {
    let alice = whose::user("alice");
    let with_session = alice.clone().session("s");
    alice.in_scope(|| assert_eq!(whose::current().session_id(), None));
    with_session.in_scope(|| assert_eq!(whose::current().session_id(), Some("s")));
    let shared = Scope::isolated();
    shared.clone().in_scope(|| whose::set_user("bob"));
    shared.in_scope(|| {
        assert_eq!(
            whose::current().user_id(),
            Some("bob"),
            "clones of an isolated scope share its data"
        )
    });
}

#[test]
fn isolated_global_frame_is_seen_by_carried_scope_only() {
    let _global = isolate_global();
    whose::global().set_user("admin");
    assert_eq!(
        user_email_and_source(),
        known("admin", None, Source::Global)
    );
    let carried = Scope::current();
    std::thread::spawn(move || {
        assert_eq!(whose::current().user_id(), None);
        carried.in_scope(|| {
            assert_eq!(
                user_email_and_source(),
                known("admin", None, Source::Global)
            )
        });
    })
    .join()
    .unwrap();
}

#[test]
fn read_closure_may_call_whose_and_log() {
    let rec = Recorder::start();
    whose::user("alice").in_scope(|| {
        whose::with_current(|attribution| {
            whose::user("bob").in_scope(|| {
                tracing::info!(
                    "{:?} {:?}",
                    attribution.user_id(),
                    whose::current().user_id()
                )
            });
            whose::set_user("carol");
        });
    });
    assert_eq!(
        rec.events()[0].message(),
        Some("Some(\"alice\") Some(\"bob\")")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn recorder_keeps_only_records_of_carried_scope() {
    let rec = Recorder::start();
    let stranger = tokio::spawn(async { tracing::info!("not of this test") });
    let tasks: Vec<_> = (0..64)
        .map(|n| {
            whose::task::spawn(async move {
                whose::task::spawn_blocking(move || tracing::info!(n, "blocking"))
                    .await
                    .unwrap();
                tracing::info!(n, "async");
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    stranger.await.unwrap();
    assert_eq!(rec.events().len(), 128);
    assert!(
        rec.events()
            .iter()
            .all(|event| event.message() != Some("not of this test"))
    );
}

#[test]
fn shared_isolated_scope_is_not_torn_by_64_threads() {
    let shared = Scope::isolated();
    std::thread::scope(|threads| {
        for n in 0..64 {
            let scope = shared.clone();
            threads.spawn(move || {
                scope.in_scope(|| {
                    for round in 0..200 {
                        let id = format!("{n}-{round}");
                        whose::set_user(User::new(&id).with_email(&id));
                        whose::set_tag(format!("t{n}"), round);
                        let attribution = whose::current();
                        let user = attribution.user().unwrap();
                        assert_eq!(user.id(), user.email(), "id and email belong to one user");
                        let own = attribution
                            .tag(&format!("t{n}"))
                            .map(|round| round.parse::<u32>().unwrap());
                        // A full scope rejects the tags of some threads, and keeps the others.
                        assert!(own.is_none_or(|own| own == round));
                    }
                });
            });
        }
    });
    shared.in_scope(|| assert_eq!(whose::current().tags().count(), whose::Limits::TAGS));
}
