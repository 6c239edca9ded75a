//! Random programs.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option::{of, weighted};
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::select;

use super::plan::{Draft, DraftParent, DraftPlace, Late, plan};
use super::{Carry, Claim, Explicit, How, Person, Program, Says, Target, Text, Worker, Write};

const IDS: &[Text] = &["ann", "bob", "cyd"];
const EMAILS: &[Text] = &["a@x", "b@x", "c@x", "d@x"];
const SEGMENTS: &[Text] = &["beta", "gold"];
const ATTRS: &[Text] = &["plan", "org"];
const SESSIONS: &[Text] = &["s-1", "s-2", "s-3"];
const TAGS: &[Text] = &["t1", "t2", "t3"];
const VALUES: &[Text] = &["v1", "v2", "v3", "v4"];
/// How many captured and how many shared scopes a program can have.
const SLOTS: usize = 2;

/// A program that can be run: what it names is there, and the rules decide all that it shows.
pub fn program() -> impl Strategy<Value = Program> {
    drafts(5, 64, 6).prop_map(|drafts| Program(plan(&drafts, Late::Decided)))
}

/// A program that records late wherever it likes, also where the rules leave open what that holds
/// for.
pub fn program_recording_anywhere() -> impl Strategy<Value = Program> {
    drafts(5, 64, 6).prop_map(|drafts| Program(plan(&drafts, Late::Anywhere)))
}

fn drafts(depth: u32, size: u32, branch: usize) -> impl Strategy<Value = Vec<Draft>> {
    let within = move |inner: BoxedStrategy<Draft>| {
        (place(), how(), vec(inner, 1..branch))
            .prop_map(|(place, how, body)| Draft::Within(place, how, body))
    };
    vec(
        step().prop_recursive(
            depth,
            size,
            branch as u32,
            move |inner| prop_oneof![3 => step(), 4 => within(inner.boxed())],
        ),
        1..branch + 2,
    )
}

fn step() -> BoxedStrategy<Draft> {
    prop_oneof![
        6 => (target(), write()).prop_map(|(target, write)| Draft::Write(target, write)),
        1 => (0..SLOTS).prop_map(Draft::Capture),
        5 => (parent(), explicit()).prop_map(|(parent, says)| Draft::CreateSpan(parent, says)),
        2 => (any::<u8>(), late()).prop_map(|(span, says)| Draft::RecordLate(span, says)),
        1 => any::<u8>().prop_map(Draft::DropSpan),
        2 => explicit().prop_map(Draft::Event),
        1 => Just(Draft::Yield),
    ]
    .boxed()
}

fn place() -> BoxedStrategy<DraftPlace> {
    prop_oneof![
        6 => fixed().prop_map(DraftPlace::Fixed),
        3 => isolated().prop_map(DraftPlace::Isolated),
        1 => (0..SLOTS).prop_map(DraftPlace::Shared),
        2 => (0..SLOTS).prop_map(DraftPlace::Captured),
        8 => any::<u8>().prop_map(DraftPlace::Span),
        3 => (parent(), explicit()).prop_map(|(parent, says)| DraftPlace::NewSpan(parent, says)),
        2 => (worker(), carry()).prop_map(|(worker, carry)| DraftPlace::Spawned(worker, carry)),
    ]
    .boxed()
}

fn person() -> BoxedStrategy<Person> {
    let fields = || {
        (
            of(select(EMAILS)),
            of(select(SEGMENTS)),
            btree_map(select(ATTRS), select(VALUES), 0..2),
        )
    };
    let with_id =
        (select(IDS), fields(), weighted(0.2, Just(()))).prop_map(|(id, fields, supplement)| {
            let (email, segment, attrs) = fields;
            Person {
                id: Some(id),
                email,
                segment,
                attrs,
                supplement: supplement.is_some(),
            }
        });
    let without_id =
        (select(EMAILS), fields(), any::<bool>()).prop_map(|(email, fields, supplement)| {
            let (other, segment, attrs) = fields;
            // A user that says nothing at all is no user: one field is always there.
            let email = other.or_else(|| segment.is_none().then_some(email));
            Person {
                id: None,
                email,
                segment,
                attrs,
                supplement,
            }
        });
    let plain = select(IDS).prop_map(|id| Person {
        id: Some(id),
        ..Person::default()
    });
    prop_oneof![4 => plain, 4 => with_id, 2 => without_id].boxed()
}

fn tags() -> BoxedStrategy<BTreeMap<Text, Text>> {
    btree_map(select(TAGS), select(VALUES), 0..3).boxed()
}

/// A fixed scope that says at least one thing.
fn fixed() -> BoxedStrategy<Says> {
    let user = prop_oneof![
        5 => person().prop_map(Claim::Is),
        2 => Just(Claim::Mask),
        3 => Just(Claim::Unset),
    ];
    let local = (user, of(select(SESSIONS)), tags()).prop_map(|(user, session, mut tags)| {
        if user == Claim::Unset && session.is_none() && tags.is_empty() {
            tags.insert(TAGS[0], VALUES[0]);
        }
        Says {
            user,
            session,
            tags,
            remote: false,
        }
    });
    let remote = (person(), tags()).prop_map(|(user, tags)| Says {
        user: Claim::Is(user),
        session: None,
        tags,
        remote: true,
    });
    prop_oneof![6 => local, 1 => remote].boxed()
}

fn isolated() -> BoxedStrategy<Says> {
    let user = weighted(0.3, person());
    let says =
        (user, weighted(0.3, select(SESSIONS)), tags()).prop_map(|(user, session, tags)| Says {
            user: user.map_or(Claim::Unset, Claim::Is),
            session,
            tags,
            remote: false,
        });
    prop_oneof![2 => Just(Says::default()), 1 => says].boxed()
}

fn explicit() -> BoxedStrategy<Explicit> {
    let says = (
        of(select(IDS)),
        weighted(0.2, select(EMAILS)),
        weighted(0.3, select(SESSIONS)),
    )
        .prop_map(|(user_id, email, session_id)| Explicit {
            user_id,
            email,
            session_id,
        });
    prop_oneof![2 => Just(Explicit::default()), 1 => says].boxed()
}

fn late() -> BoxedStrategy<Explicit> {
    let user = |id| Explicit {
        user_id: Some(id),
        ..Explicit::default()
    };
    let session = |id| Explicit {
        session_id: Some(id),
        ..Explicit::default()
    };
    prop_oneof![2 => select(IDS).prop_map(user), 1 => select(SESSIONS).prop_map(session)].boxed()
}

fn write() -> BoxedStrategy<Write> {
    prop_oneof![
        6 => person().prop_map(Write::SetUser),
        1 => Just(Write::SetUserNone),
        2 => Just(Write::ClearUser),
        2 => Just(Write::SetAnonymous),
        3 => select(SESSIONS).prop_map(Write::SetSession),
        1 => Just(Write::ClearSession),
        3 => (select(TAGS), select(VALUES)).prop_map(|(key, value)| Write::SetTag(key, value)),
        1 => select(TAGS).prop_map(Write::RemoveTag),
    ]
    .boxed()
}

fn target() -> BoxedStrategy<Target> {
    prop_oneof![4 => Just(Target::Nearest), 1 => Just(Target::Global)].boxed()
}

fn parent() -> BoxedStrategy<DraftParent> {
    prop_oneof![
        4 => Just(DraftParent::Contextual),
        1 => Just(DraftParent::Root),
        1 => any::<u8>().prop_map(DraftParent::Of),
    ]
    .boxed()
}

fn how() -> BoxedStrategy<How> {
    select(&[How::Future, How::Guard, How::Closure][..]).boxed()
}

fn worker() -> BoxedStrategy<Worker> {
    select(&[Worker::Thread, Worker::Blocking, Worker::Task][..]).boxed()
}

fn carry() -> BoxedStrategy<Carry> {
    select(&[Carry::Nothing, Carry::Current][..]).boxed()
}
