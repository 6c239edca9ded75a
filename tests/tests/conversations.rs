//! A conversation is resolved apart from the user and the session, and is never invented.

use tracing::field::Empty;
use tracing_subscriber::prelude::*;
use whose::testing::Recorder;
use whose::{ConversationId, Policy, Scope, ScopeExt, with_conversation};
use whose_tests::memory_sink::MemorySink;

type Ids = (Option<String>, Option<String>, Option<String>);

fn current() -> Ids {
    let attribution = whose::current();
    (
        attribution.user_id().map(str::to_owned),
        attribution.session_id().map(str::to_owned),
        attribution.conversation_id().map(str::to_owned),
    )
}

fn ids(user: &str, session: &str, conversation: &str) -> Ids {
    let id = |id: &str| (!id.is_empty()).then(|| id.to_owned());
    (id(user), id(session), id(conversation))
}

#[test]
fn conversation_leaves_user_and_session_and_they_leave_it() {
    whose::user("alice").session("s-1").in_scope(|| {
        assert_eq!(current(), ids("alice", "s-1", ""));
        whose::conversation("c-1").in_scope(|| {
            assert_eq!(current(), ids("alice", "s-1", "c-1"));
            whose::user("bob").in_scope(|| assert_eq!(current(), ids("bob", "s-1", "c-1")));
            whose::session("s-2").in_scope(|| assert_eq!(current(), ids("alice", "s-2", "c-1")));
            whose::anonymous().in_scope(|| assert_eq!(current(), ids("", "s-1", "c-1")));
            whose::conversation("c-2").in_scope(|| {
                assert_eq!(current(), ids("alice", "s-1", "c-2"));
            });
            whose::conversation(None::<&str>).in_scope(|| {
                assert_eq!(current(), ids("alice", "s-1", "c-1"));
            });
        });
    });
}

#[test]
fn written_conversation_stays_in_its_isolated_scope() {
    let outer = Scope::isolated();
    outer.in_scope(|| {
        whose::set_conversation("c-1");
        Scope::isolated().in_scope(|| {
            assert_eq!(current(), ids("", "", "c-1"));
            whose::set_conversation("c-2");
            assert_eq!(current(), ids("", "", "c-2"));
            whose::clear_conversation();
            assert_eq!(current(), ids("", "", "c-1"));
            whose::set_conversation("c-3");
            whose::set_conversation(None::<ConversationId>);
            assert_eq!(current(), ids("", "", "c-1"));
        });
        whose::isolation().unwrap().clear_conversation();
        assert_eq!(current(), ids("", "", ""));
    });
    // Outside every isolated scope, the write is refused.
    let refused = whose::stats().refused_writes;
    whose::set_conversation("c-4");
    assert_eq!(current(), ids("", "", ""));
    assert_eq!(whose::stats().refused_writes, refused + 1);
}

#[test]
fn records_have_the_innermost_conversation_and_an_explicit_one_wins() {
    let rec = Recorder::start();
    whose::conversation("c-1").in_scope(|| {
        tracing::info!("plain");
        tracing::info!(gen_ai.conversation.id = "c-2", "explicit");
        tracing::info_span!("call", gen_ai.conversation.id = "c-3").in_scope(|| {
            tracing::info!("inside");
        });
        let late = tracing::info_span!("late", gen_ai.conversation.id = Empty);
        late.record("gen_ai.conversation.id", "c-4");
        late.in_scope(|| tracing::info!("inside late"));
        drop(late);
        whose::error(&std::io::Error::other("lost"))
            .conversation("c-5")
            .capture();
    });
    tracing::info!("outside");
    let conversation = |name: &str| {
        let event = rec
            .events()
            .into_iter()
            .find(|event| event.message() == Some(name));
        event.unwrap().conversation_id().map(str::to_owned)
    };
    let found = ["plain", "explicit", "inside", "inside late", "outside"].map(conversation);
    let expected = [Some("c-1"), Some("c-2"), Some("c-3"), Some("c-4"), None];
    assert_eq!(found, expected.map(|id| id.map(str::to_owned)));
    assert_eq!(rec.span("call").conversation_id(), Some("c-3"));
    assert_eq!(rec.span("late").conversation_id(), Some("c-4"));
    assert_eq!(rec.errors()[0].conversation_id(), Some("c-5"));
    assert_eq!(rec.span("call").field("gen_ai.conversation.id"), None);
    let line = serde_json::to_string(&rec.span("call")).unwrap();
    assert!(line.contains(r#""gen_ai.conversation.id":"c-3""#), "{line}");
}

#[with_conversation]
async fn answer(conversation_id: &str) -> Ids {
    let _ = conversation_id;
    tokio::task::yield_now().await;
    current()
}

#[with_conversation(thread.0, user = thread.1)]
fn answer_by_expression(thread: (&str, &str)) -> Ids {
    current()
}

#[whose::trace(conversation = thread)]
async fn traced(thread: &str) -> Ids {
    tokio::task::yield_now().await;
    current()
}

/// Runs on a current-thread and on a multi-thread runtime.
fn on_runtimes(work: impl AsyncFn()) {
    use tokio::runtime::Builder;
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        builder.build().unwrap().block_on(work());
    }
}

#[test]
fn macros_set_the_conversation_of_sync_and_async_functions() {
    assert_eq!(
        answer_by_expression(("c-1", "alice")),
        ids("alice", "", "c-1")
    );
    on_runtimes(async || {
        assert_eq!(answer("c-2").await, ids("", "", "c-2"));
        let rec = Recorder::start();
        assert_eq!(traced("c-3").await, ids("", "", "c-3"));
        assert_eq!(rec.span("traced").conversation_id(), Some("c-3"));
        whose::guard!(conversation = "c-4");
        assert_eq!(current(), ids("", "", "c-4"));
    });
}

#[test]
fn captured_scope_carries_the_conversation_to_a_task_and_a_thread() {
    on_runtimes(async || {
        let work = async {
            whose::conversation("c-1").in_scope(|| {
                let carried = async { current() }.with_current_scope();
                (Scope::current(), carried)
            })
        };
        let (scope, carried) = work.await;
        assert_eq!(carried.await, ids("", "", "c-1"));
        let other = std::thread::spawn(|| scope.in_scope(current));
        assert_eq!(other.join().unwrap(), ids("", "", "c-1"));
    });
}

#[test]
fn policy_applies_to_the_conversation_by_its_name() {
    let conversation_after = |policy: Policy| {
        let sink = MemorySink::default();
        let layer = whose::layer().with_policy(policy).unwrap();
        let subscriber = tracing_subscriber::registry().with(layer.with_sink(sink.clone()));
        tracing::subscriber::with_default(subscriber, || {
            whose::conversation("c-1").in_scope(|| tracing::info!("asked"));
        });
        sink.records()[0].conversation_id().map(str::to_owned)
    };
    let drop = Policy::new().drop("gen_ai.conversation.id");
    assert_eq!(conversation_after(drop), None);
    assert_eq!(conversation_after(Policy::new()).as_deref(), Some("c-1"));
}

#[test]
fn older_names_of_the_user_id_are_read_and_the_newer_wins() {
    let rec = Recorder::start();
    tracing::info!(enduser.id = "alice", "old");
    tracing::info!(enduser.pseudo.id = "p-1", "pseudonym");
    tracing::info!(
        enduser.pseudo.id = "p-1",
        enduser.id = "bob",
        user.id = "carol",
        "all"
    );
    let users: Vec<_> = rec
        .events()
        .iter()
        .map(|event| event.user_id().map(str::to_owned))
        .collect();
    let expected = ["alice", "p-1", "carol"].map(|user| Some(user.to_owned()));
    assert_eq!(users, expected);
}

#[test]
fn hash_and_roles_of_a_user_are_read_beside_the_id() {
    let rec = Recorder::start();
    tracing::info!(
        user.id = "alice",
        user.hash = "h-1",
        user.roles = "admin,owner",
        "both"
    );
    tracing::info!(user.hash = "h-2", "alone");
    let events = rec.events();
    assert_eq!(events[0].user_hash(), Some("h-1"));
    assert_eq!(
        events[0].user().unwrap().attr("roles").unwrap(),
        &"admin,owner"
    );
    // Without an id, the hash stays a field: a user of a hash alone would lose the current id.
    assert_eq!(events[1].user_id(), None);
    assert_eq!(events[1].field("user.hash").unwrap(), &"h-2");
}
