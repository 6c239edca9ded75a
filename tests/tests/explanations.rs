//! `explain`: which frame decided what, and the call sites that records keep.

use whose::testing::Recorder;
use whose::{Actor, FrameKind, Outcome, Scope, ScopeExt, User};

/// The values of all frames: frame kind, name, value, outcome.
fn lines() -> Vec<String> {
    let why = whose::explain();
    let frames = why.frames().iter();
    let lines = frames.flat_map(|frame| {
        frame.values().iter().map(|value| {
            let kind = frame.kind();
            format!("{kind}: {value} {}", value.outcome())
        })
    });
    lines.collect()
}

#[test]
fn explanation_lists_frames_innermost_first_with_winner_and_hidden() {
    let (request, opened) = (Scope::isolated(), line!());
    request.in_scope(|| {
        whose::set_user("bob");
        let wrote = line!() - 1;
        whose::set_session("s-1");
        let (scope, made) = (whose::user("alice").tag("plan", "pro"), line!());
        scope.in_scope(|| {
            let why = whose::explain();
            let [inner, outer] = why.frames() else {
                panic!("{why}");
            };
            assert_eq!(
                (inner.kind(), outer.kind()),
                (FrameKind::Scope, FrameKind::Isolated)
            );
            assert_eq!(inner.call_site().map(|site| site.line), Some(made));
            assert_eq!(outer.call_site().map(|site| site.line), Some(opened));
            let user = &outer.values()[0];
            assert_eq!((user.name(), user.value()), ("user", "bob"));
            assert_eq!(user.outcome(), Outcome::Hidden);
            assert_eq!(
                user.call_site().map(|site| (site.file, site.line)),
                Some((file!(), wrote))
            );
            assert_eq!(why.decided("user"), Some(inner));
            assert_eq!(why.decided("session"), Some(outer));
            assert_eq!(why.decided("tag.plan"), Some(inner));
            assert_eq!(why.decided("tag.none"), None);
            let file = file!();
            let expected = format!(
                "frame 1: scope at {file}:{made}\n    \
                 user \"alice\" wins, hides user \"bob\" of frame 2\n    \
                 tag.plan \"pro\" wins\n\
                 frame 2: isolated scope at {file}:{opened}\n    \
                 user \"bob\" hidden, set at {file}:{wrote}\n    \
                 session \"s-1\" wins, set at {file}:{}",
                wrote + 2
            );
            assert_eq!(why.to_string(), expected);
        });
    });
}

#[test]
fn supplement_adds_and_replacing_user_hides() {
    let _global = whose::testing::isolate_global();
    whose::global().set_user("admin");
    let _carol = whose::user("carol").enter();
    let _alice = whose::user("alice").enter();
    let more = User::default().with_email("a@example.com").supplement();
    whose::user(more).in_scope(|| {
        let expected = [
            "scope: user without an id wins",
            "scope: user \"alice\" adds",
            "scope: user \"carol\" hidden",
            "global: user \"admin\" hidden",
        ];
        assert_eq!(lines(), expected);
    });
    whose::anonymous().in_scope(|| {
        let expected = [
            "scope: anonymous wins",
            "scope: user \"alice\" hidden",
            "scope: user \"carol\" hidden",
            "global: user \"admin\" hidden",
        ];
        assert_eq!(lines(), expected);
        assert_eq!(
            whose::explain().unattributed().unwrap().as_str(),
            "anonymous"
        );
    });
}

#[test]
fn explained_actors_are_those_of_the_chain() {
    let _outer = whose::user("other").actor("clerk").enter();
    let _customer = whose::user("customer").actor("operator").enter();
    let _agent = whose::actor(Actor::agent("planner")).enter();
    let expected = [
        "scope: actor \"planner\" wins",
        "scope: user \"customer\" wins",
        "scope: actor \"operator\" adds",
        "scope: user \"other\" hidden",
        "scope: actor \"clerk\" hidden",
    ];
    assert_eq!(lines(), expected);
    assert_eq!(whose::current().actors().count(), 2);
}

#[test]
fn remote_user_beside_authenticated_user_is_hidden() {
    Scope::isolated()
        .user("peer")
        .session("p-1")
        .remote()
        .in_scope(|| {
            assert_eq!(
                lines(),
                ["remote: user \"peer\" wins", "remote: session \"p-1\" wins"]
            );
            whose::set_user("alice");
            assert_eq!(
                lines(),
                [
                    "isolated scope: user \"alice\" wins",
                    "remote: session \"p-1\" hidden"
                ]
            );
        });
}

#[test]
fn remote_user_inside_authenticated_user_is_hidden() {
    let _alice = whose::user("alice").enter();
    let peer = Scope::isolated().user("peer").remote();
    peer.in_scope(|| {
        assert_eq!(
            lines(),
            ["remote: user \"peer\" hidden", "scope: user \"alice\" wins"]
        );
    });
}

#[test]
fn span_with_identity_fields_is_a_frame_with_its_call_site() {
    let _rec = Recorder::start();
    let (span, made) = (tracing::info_span!("work", user.id = "alice"), line!());
    span.in_scope(|| {
        let why = whose::explain();
        let frame = why.decided("user").unwrap();
        assert_eq!(frame.kind(), FrameKind::Span);
        assert_eq!(frame.call_site().map(|site| site.line), Some(made));
    });
}

#[test]
fn without_any_frame_the_reason_is_given() {
    let why = whose::explain();
    assert_eq!(why.frames(), []);
    assert_eq!(why.to_string(), "no user: no_scope");
}

#[whose::trace(user_id)]
fn traced(user_id: &str) {
    tracing::info!("inside {user_id}");
}

#[whose::with_user]
async fn annotated(user: u64) {
    tokio::task::yield_now().await;
    tracing::info!("inside {user}");
}

/// The line of the call site that set the user of the event with this number.
fn user_line(rec: &Recorder, at: usize) -> Option<(&'static str, u32)> {
    let site = rec.events()[at].user_call_site();
    site.map(|site| (site.file, site.line))
}

#[tokio::test]
async fn record_keeps_call_sites_of_its_user_and_session() {
    let rec = Recorder::start();
    traced("alice");
    let spans = rec.spans();
    assert_eq!(spans[0].user_call_site(), spans[0].call_site());
    annotated(7).await;
    let session = whose::session("s-1");
    let made = line!() - 1;
    session.user("bob").in_scope(|| tracing::info!("here"));
    whose::set_user("carol");
    let wrote = line!() - 1;
    tokio::spawn(async { tracing::info!("in a task") }.with_current_scope())
        .await
        .unwrap();
    tracing::info!(user.id = "dan", "explicit");
    let explicit = line!() - 1;
    whose::anonymous().in_scope(|| tracing::info!("nobody"));
    let anonymous = line!() - 1;

    let file = file!();
    let traced_at = line_of("#[whose::trace(user_id)]");
    let annotated_at = line_of("#[whose::with_user]");
    let expected = [
        traced_at,
        annotated_at,
        made + 2,
        wrote,
        explicit,
        anonymous,
    ];
    for (at, line) in expected.into_iter().enumerate() {
        assert_eq!(user_line(&rec, at), Some((file, line)), "event {at}");
    }
    let session = rec.events()[2].session_call_site();
    assert_eq!(session.map(|site| site.line), Some(made));
    assert_eq!(rec.events()[3].session_call_site(), None);
}

/// The line of this file that consists of `text`.
fn line_of(text: &str) -> u32 {
    let lines = include_str!("explanations.rs").lines();
    let at = lines.map(str::trim).position(|line| line == text).unwrap();
    u32::try_from(at).unwrap() + 1
}

#[test]
fn late_user_has_call_site_of_its_write() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        tracing::info_span!("server").in_scope(|| {
            whose::set_user("alice");
        });
        tracing::info_span!("logout").in_scope(|| {
            whose::set_user("alice");
            whose::clear_user();
        });
    });
    let lines: Vec<_> = include_str!("explanations.rs").lines().collect();
    for name in ["server", "logout"] {
        let site = rec.span(name).user_call_site().unwrap();
        let text = lines[site.line as usize - 1].trim();
        assert_eq!(text, "whose::set_user(\"alice\");", "{name}");
    }
}

#[test]
fn deep_captured_stack_keeps_call_site_of_its_user() {
    let scope = whose::user("alice");
    let made = line!() - 1;
    let _user = scope.enter();
    let guards: Vec<_> = (0..100).map(|_| whose::tag("k", "v").enter()).collect();
    let captured = Scope::current();
    let thread = std::thread::spawn(|| captured.in_scope(whose::current));
    let site = thread.join().unwrap().user_call_site();
    assert_eq!(site.map(|site| site.line), Some(made));
    guards.into_iter().rev().for_each(drop);
}

#[test]
fn explained_record_states_what_decided_it() {
    let rec = Recorder::start();
    whose::set_session("s-1");
    let (scope, line) = (whose::user("alice"), line!());
    scope.in_scope(|| {
        whose::actor(Actor::agent("planner")).in_scope(|| tracing::info!("hello"));
    });
    let why = rec.events()[0].explained();
    let kinds: Vec<_> = why.frames().iter().map(|frame| frame.kind()).collect();
    assert_eq!(
        kinds,
        [FrameKind::Scope, FrameKind::Scope, FrameKind::Isolated]
    );
    let made = whose::CallSite {
        file: file!(),
        line,
    };
    assert_eq!(why.decided("user").unwrap().call_site(), Some(made));
    // A record does not keep where its actors were set.
    assert_eq!(why.decided("actor").unwrap().kind(), FrameKind::Scope);
    assert_eq!(why.decided("actor").unwrap().call_site(), None);
    tracing::info!("nobody");
    let why = rec.events()[1].explained();
    assert!(why.to_string().starts_with("no user: "), "{why}");
}
