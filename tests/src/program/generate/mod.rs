//! Random programs.

mod scope_data;

use proptest::collection::vec;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::select;

use super::plan::{Draft, DraftParent, DraftPlace, Late, plan};
use super::{
    Carry, Crumbs, EntryMethod, Explicit, Program, ScopeData, Target, UserSetting, Worker, Write,
};
use scope_data::{
    CONTEXTS, CONVERSATIONS, EXTRA, SESSIONS, TAGS, VALUES, actor, datum, explicit, fields, fixed,
    isolated, late, report, score, user_spec,
};

/// The number of captured and of shared scopes that a program can have.
const SLOTS: usize = 2;

/// A program whose references exist and whose outcome the rules decide.
pub fn program() -> impl Strategy<Value = Program> {
    drafts(5, 64, 6).prop_map(|drafts| Program(plan(&drafts, Late::Decided)))
}

/// A program that records late on any span, also where the rules do not decide the effect.
pub fn program_recording_anywhere() -> impl Strategy<Value = Program> {
    drafts(5, 64, 6).prop_map(|drafts| Program(plan(&drafts, Late::Anywhere)))
}

/// A program that captures a stack of more frames than a captured stack keeps, and enters the
/// captured stack.
pub fn deep_program() -> impl Strategy<Value = Program> {
    // A flattened stack merges supplements of a user who is named further out without that user.
    let replacing = |mut data: ScopeData| {
        if let UserSetting::Is(user_spec) = &mut data.user {
            user_spec.supplement = false;
        }
        data
    };
    let frame = prop_oneof![
        8 => fixed().prop_map(move |data| DraftPlace::Fixed(replacing(data))),
        1 => isolated().prop_map(move |data| DraftPlace::Isolated(replacing(data))),
    ];
    let captured = (vec(step(), 0..3), method()).prop_map(|(steps, method)| {
        let inside = [Draft::Event(Explicit::default())].into_iter().chain(steps);
        vec![
            Draft::Capture(0),
            Draft::Within(DraftPlace::Captured(0), method, inside.collect()),
        ]
    });
    (vec((frame, method()), 30..50), captured).prop_map(|(frames, captured)| {
        let nest = |inside, (place, method)| vec![Draft::Within(place, method, inside)];
        let drafts = frames.into_iter().fold(captured, nest);
        Program(plan(&drafts, Late::Decided))
    })
}

fn drafts(depth: u32, size: u32, branch: usize) -> impl Strategy<Value = Vec<Draft>> {
    // Built once, because the nested strategy is built again for every program.
    let (step, place, method) = (step(), place(), method());
    let steps = step.clone();
    let nested = move |inner: BoxedStrategy<Draft>| {
        let within = (place.clone(), method.clone(), vec(inner, 1..branch))
            .prop_map(|(place, method, body)| Draft::Within(place, method, body));
        prop_oneof![3 => steps.clone(), 4 => within]
    };
    vec(
        step.prop_recursive(depth, size, branch as u32, nested),
        1..branch + 2,
    )
}

fn step() -> BoxedStrategy<Draft> {
    prop_oneof![
        9 => (target(), write()).prop_map(|(target, write)| Draft::Write(target, write)),
        1 => (0..SLOTS).prop_map(Draft::Capture),
        5 => (parent(), explicit()).prop_map(|(parent, data)| Draft::CreateSpan(parent, data)),
        2 => (any::<u8>(), late()).prop_map(|(span, data)| Draft::RecordLate(span, data)),
        1 => any::<u8>().prop_map(Draft::DropSpan),
        2 => explicit().prop_map(Draft::Event),
        3 => report().prop_map(Draft::Error),
        1 => score().prop_map(Draft::Score),
        2 => Just(Draft::Yield),
    ]
    .boxed()
}

fn place() -> BoxedStrategy<DraftPlace> {
    prop_oneof![
        6 => fixed().prop_map(DraftPlace::Fixed),
        3 => isolated().prop_map(DraftPlace::Isolated),
        3 => (0..SLOTS).prop_map(DraftPlace::Shared),
        2 => (0..SLOTS).prop_map(DraftPlace::Captured),
        8 => any::<u8>().prop_map(DraftPlace::Span),
        3 => (parent(), explicit()).prop_map(|(parent, data)| DraftPlace::NewSpan(parent, data)),
        2 => (worker(), carry()).prop_map(|(worker, carry)| DraftPlace::Spawned(worker, carry)),
    ]
    .boxed()
}

fn write() -> BoxedStrategy<Write> {
    prop_oneof![
        6 => user_spec().prop_map(Write::SetUser),
        1 => Just(Write::SetUserNone),
        2 => Just(Write::ClearUser),
        2 => Just(Write::SetAnonymous),
        3 => select(SESSIONS).prop_map(Write::SetSession),
        1 => Just(Write::ClearSession),
        1 => select(CONVERSATIONS).prop_map(Write::SetConversation),
        1 => Just(Write::ClearConversation),
        4 => actor().prop_map(Write::SetActor),
        1 => Just(Write::ClearActor),
        3 => (select(TAGS), select(VALUES)).prop_map(|(key, value)| Write::SetTag(key, value)),
        1 => select(TAGS).prop_map(Write::RemoveTag),
        3 => (select(EXTRA), datum()).prop_map(|(key, value)| Write::SetExtra(key, value)),
        1 => select(EXTRA).prop_map(Write::RemoveExtra),
        3 => (select(CONTEXTS), fields()).prop_map(|(name, fields)| Write::SetContext(name, fields)),
        1 => select(CONTEXTS).prop_map(Write::RemoveContext),
        6 => crumbs().prop_map(Write::AddBreadcrumbs),
    ]
    .boxed()
}

/// One or two breadcrumbs, or enough to exceed the limit.
fn crumbs() -> BoxedStrategy<Crumbs> {
    let count = prop_oneof![4 => 1..3_u16, 1 => 60..130_u16];
    let earlier = prop_oneof![4 => Just(0), 1 => 1..4_u16, 1 => 50..150_u16];
    (count, earlier)
        .prop_map(|(count, earlier)| Crumbs { count, earlier })
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

fn method() -> BoxedStrategy<EntryMethod> {
    select(
        &[
            EntryMethod::Future,
            EntryMethod::Guard,
            EntryMethod::Closure,
        ][..],
    )
    .boxed()
}

fn worker() -> BoxedStrategy<Worker> {
    select(&[Worker::Thread, Worker::Blocking, Worker::Task][..]).boxed()
}

fn carry() -> BoxedStrategy<Carry> {
    select(&[Carry::Nothing, Carry::Current][..]).boxed()
}
