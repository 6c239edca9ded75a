//! An actor acts only for the user that the actor was named for: replaced, remote, late and written
//! users.

use tracing::field::Empty;
use tracing::info_span;
use whose::testing::Recorder;
use whose::{Actor, Record, Scope, Source, User};

/// The ids of the current chain, innermost first.
fn chain() -> Vec<String> {
    whose::with_current(|at| at.actors().map(|actor| actor.id().to_owned()).collect())
}

fn ids(record: &Record) -> Vec<&str> {
    record.actors().map(Actor::id).collect()
}

fn email() -> User {
    User::without_id().with_email("c@example.com")
}

#[test]
fn actor_of_user_without_id_does_not_act_for_user_inside() {
    whose::user(email()).actor("operator").in_scope(|| {
        whose::user("customer").in_scope(|| assert_eq!(chain(), [""; 0]));
    });
    let supplement = whose::user(email().supplement()).actor("operator");
    supplement.in_scope(|| {
        assert_eq!(chain(), ["operator"]);
        whose::user("customer").in_scope(|| assert_eq!(chain(), [""; 0]));
    });
}

#[test]
fn actor_of_supplement_acts_for_the_supplemented_user_named_again() {
    let _outer = whose::user("customer").actor("operator").enter();
    let supplement = whose::user(email().supplement()).actor(Actor::agent("planner"));
    supplement.in_scope(|| {
        whose::user("customer").in_scope(|| assert_eq!(chain(), ["planner", "operator"]));
        whose::user("other").in_scope(|| assert_eq!(chain(), [""; 0]));
    });
}

#[test]
fn remote_actor_counts_only_where_remote_user_would_count() {
    let peer = || whose::user("peer").actor("caller").remote();
    peer().in_scope(|| {
        assert_eq!(chain(), ["caller"]);
        assert_eq!(whose::current().actor_source(), Some(Source::Remote));
    });
    whose::user("customer").actor("operator").in_scope(|| {
        peer().in_scope(|| assert_eq!(chain(), ["operator"]));
        whose::actor("caller")
            .remote()
            .in_scope(|| assert_eq!(chain(), ["operator"]));
        let request = Scope::isolated().user("peer").actor("caller").remote();
        request.in_scope(|| {
            assert_eq!(chain(), ["operator"]);
            whose::set_actor("clerk");
            assert_eq!(chain(), ["clerk", "operator"]);
        });
    });
    Scope::isolated()
        .user("peer")
        .actor("caller")
        .remote()
        .in_scope(|| {
            assert_eq!(chain(), ["caller"]);
            whose::set_user("customer");
            assert_eq!(chain(), [""; 0]);
        });
}

#[test]
fn user_recorded_late_on_span_has_the_chain_of_that_user() {
    let rec = Recorder::start();
    whose::user("customer").actor("operator").in_scope(|| {
        let other = info_span!("other", user.id = Empty);
        other.record("user.id", "other");
        let same = info_span!("same", user.id = Empty);
        same.record("user.id", "customer");
    });
    assert_eq!(rec.span("other").user_id(), Some("other"));
    assert_eq!(ids(&rec.span("other")), [""; 0]);
    assert_eq!(ids(&rec.span("same")), ["operator"]);
}

#[whose::trace(actor = operator)]
fn login(operator: &str, customer: &str) {
    whose::set_user(customer);
}

#[test]
fn explicit_actor_of_span_stays_explicit_where_user_is_late() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| login("operator", "customer"));
    let span = rec.span("login");
    assert_eq!(span.user_id(), Some("customer"));
    assert_eq!(ids(&span), ["operator"]);
    assert_eq!(span.actor_source(), Some(Source::Explicit));
}

#[test]
fn actor_outside_the_scope_of_late_user_does_not_act_for_that_user() {
    let rec = Recorder::start();
    whose::actor(Actor::service("gateway")).in_scope(|| {
        Scope::isolated().in_scope(|| {
            whose::actor(Actor::agent("planner")).in_scope(|| {
                info_span!("visit").in_scope(|| {
                    whose::set_user("customer");
                    whose::set_actor("operator");
                    whose::clear_user();
                });
            });
        });
    });
    assert_eq!(rec.span("visit").user_id(), Some("customer"));
    assert_eq!(ids(&rec.span("visit")), ["planner", "operator"]);
}

#[test]
fn written_supplement_of_another_user_ends_the_written_actor() {
    let _outer = whose::user("customer").actor("operator").enter();
    Scope::isolated().in_scope(|| {
        whose::set_user("other");
        whose::set_actor("clerk");
        whose::set_user(email().supplement());
        assert_eq!(whose::current().user_id(), Some("customer"));
        assert_eq!(chain(), ["operator"]);
        whose::set_actor("clerk");
        whose::set_user(User::without_id().with_segment("beta").supplement());
        assert_eq!(chain(), ["clerk", "operator"]);
    });
}

/// The chain deep inside `scopes`, outermost first, on a captured stack of another thread.
fn captured_chain(scopes: Vec<Scope>) -> Vec<String> {
    let tags = (0..100).map(|_| whose::tag("k", "v"));
    let mut guards: Vec<_> = scopes.into_iter().chain(tags).map(Scope::enter).collect();
    let captured = Scope::current();
    let found = std::thread::spawn(|| captured.in_scope(chain)).join();
    while guards.pop().is_some() {}
    found.unwrap()
}

#[test]
fn captured_stack_past_its_depth_keeps_actors_of_same_user_alone() {
    let scopes = |inner: [Scope; 2]| {
        let outer = [whose::user("customer").actor("operator"), Scope::isolated()];
        outer.into_iter().chain(inner).collect()
    };
    let planner = whose::actor(Actor::agent("planner"));
    let same = scopes([planner, whose::user("customer")]);
    assert_eq!(captured_chain(same), ["planner", "operator"]);
    let other = whose::user("other").actor("clerk");
    let between = scopes([other, whose::user("customer")]);
    assert_eq!(captured_chain(between), [""; 0]);
}
