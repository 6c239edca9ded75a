use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option::{of, weighted};
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::select;

use whose::ActorKind;

use crate::program::{ActorSpec, Datum, Explicit, Fields, ScopeData, Text, UserSetting, UserSpec};

const IDS: &[Text] = &["ann", "bob", "cyd"];
const ACTORS: &[Text] = &["op", "bot", "job"];
const EMAILS: &[Text] = &["a@x", "b@x", "c@x", "d@x"];
const SEGMENTS: &[Text] = &["beta", "gold"];
const ATTRS: &[Text] = &["plan", "org"];
pub(super) const SESSIONS: &[Text] = &["s-1", "s-2", "s-3"];
pub(super) const CONVERSATIONS: &[Text] = &["t-1", "t-2", "t-3"];
pub(super) const TAGS: &[Text] = &["t1", "t2", "t3"];
pub(super) const VALUES: &[Text] = &["v1", "v2", "v3", "v4"];
pub(super) const EXTRA: &[Text] = &["x1", "x2"];
pub(super) const CONTEXTS: &[Text] = &["c1", "c2"];
/// The keys inside contexts and inside map values.
const FIELDS: &[Text] = &["k1", "k2"];

pub(super) fn user_spec() -> BoxedStrategy<UserSpec> {
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
            UserSpec {
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
            // A user without any field counts as no user, so one field is always set.
            let email = other.or_else(|| segment.is_none().then_some(email));
            UserSpec {
                id: None,
                email,
                segment,
                attrs,
                supplement,
            }
        });
    let plain = select(IDS).prop_map(|id| UserSpec {
        id: Some(id),
        ..UserSpec::default()
    });
    prop_oneof![4 => plain, 4 => with_id, 2 => without_id].boxed()
}

pub(super) fn actor() -> BoxedStrategy<ActorSpec> {
    let kinds = &[ActorKind::User, ActorKind::Agent, ActorKind::Service][..];
    (select(ACTORS), select(kinds))
        .prop_map(|(id, kind)| ActorSpec { id, kind })
        .boxed()
}

/// Mostly no actor, sometimes more actors than the limit of a chain.
fn actors() -> BoxedStrategy<Vec<ActorSpec>> {
    prop_oneof![
        8 => Just(Vec::new()),
        6 => vec(actor(), 1..3),
        1 => vec(actor(), 5..11),
    ]
    .boxed()
}

/// Sometimes actors and a conversation, and a few tags, extra values and contexts.
fn data() -> BoxedStrategy<ScopeData> {
    let parts = (
        tags(),
        vec((select(EXTRA), datum()), 0..2),
        vec((select(CONTEXTS), fields()), 0..3),
        weighted(0.3, select(CONVERSATIONS)),
        actors(),
    );
    parts
        .prop_map(|(tags, extra, contexts, conversation, actors)| ScopeData {
            conversation,
            actors,
            tags,
            extra,
            contexts,
            ..ScopeData::default()
        })
        .boxed()
}

pub(super) fn datum() -> BoxedStrategy<Datum> {
    let map = (select(FIELDS), 0..3_u8).prop_map(|(key, number)| Datum::Map(key, number));
    prop_oneof![
        1 => Just(Datum::Null),
        4 => (0..3_u8).prop_map(Datum::Number),
        3 => map,
    ]
    .boxed()
}

pub(super) fn fields() -> BoxedStrategy<Fields> {
    btree_map(select(FIELDS), datum(), 0..3).boxed()
}

fn tags() -> BoxedStrategy<BTreeMap<Text, Text>> {
    btree_map(select(TAGS), select(VALUES), 0..3).boxed()
}

/// A fixed scope with at least one value.
pub(super) fn fixed() -> BoxedStrategy<ScopeData> {
    let user = prop_oneof![
        5 => user_spec().prop_map(UserSetting::Is),
        2 => Just(UserSetting::Anonymous),
        3 => Just(UserSetting::Unset),
    ];
    let local = (user, of(select(SESSIONS)), data()).prop_map(|(user, session, mut data)| {
        if user == UserSetting::Unset && session.is_none() && data == ScopeData::default() {
            data.tags.insert(TAGS[0], VALUES[0]);
        }
        ScopeData {
            user,
            session,
            ..data
        }
    });
    prop_oneof![6 => local, 1 => remote()].boxed()
}

/// A remote user with data.
fn remote() -> BoxedStrategy<ScopeData> {
    let parts = (user_spec(), data());
    parts
        .prop_map(|(user, data)| ScopeData {
            user: UserSetting::Is(user),
            remote: true,
            ..data
        })
        .boxed()
}

/// Explicit data of a record, with or without a user and a session.
fn explicit_data(chance: f64) -> BoxedStrategy<ScopeData> {
    let parts = (
        weighted(chance, user_spec()),
        weighted(chance, select(SESSIONS)),
        data(),
    );
    parts
        .prop_map(|(user, session, data)| ScopeData {
            user: user.map_or(UserSetting::Unset, UserSetting::Is),
            session,
            ..data
        })
        .boxed()
}

/// The data of an error report.
pub(super) fn report() -> BoxedStrategy<ScopeData> {
    prop_oneof![2 => Just(ScopeData::default()), 1 => explicit_data(0.5)].boxed()
}

/// The data of a score, which has no tags, extra values and contexts.
pub(super) fn score() -> BoxedStrategy<ScopeData> {
    report()
        .prop_map(|data| ScopeData {
            tags: BTreeMap::new(),
            extra: Vec::new(),
            contexts: Vec::new(),
            ..data
        })
        .boxed()
}

pub(super) fn isolated() -> BoxedStrategy<ScopeData> {
    prop_oneof![8 => Just(ScopeData::default()), 4 => explicit_data(0.3), 1 => remote()].boxed()
}

pub(super) fn explicit() -> BoxedStrategy<Explicit> {
    let data = (
        of(select(IDS)),
        weighted(0.2, select(EMAILS)),
        weighted(0.3, select(SESSIONS)),
        weighted(0.3, select(CONVERSATIONS)),
        weighted(0.3, select(VALUES)),
    )
        .prop_map(
            |(user_id, email, session_id, conversation_id, tag)| Explicit {
                user_id,
                email,
                session_id,
                conversation_id,
                tag,
            },
        );
    prop_oneof![2 => Just(Explicit::default()), 1 => data].boxed()
}

pub(super) fn late() -> BoxedStrategy<Explicit> {
    let user = |id| Explicit {
        user_id: Some(id),
        ..Explicit::default()
    };
    let session = |id| Explicit {
        session_id: Some(id),
        ..Explicit::default()
    };
    let conversation = |id| Explicit {
        conversation_id: Some(id),
        ..Explicit::default()
    };
    let tag = |value| Explicit {
        tag: Some(value),
        ..Explicit::default()
    };
    prop_oneof![
        4 => select(IDS).prop_map(user),
        2 => select(SESSIONS).prop_map(session),
        1 => select(CONVERSATIONS).prop_map(conversation),
        1 => select(VALUES).prop_map(tag),
    ]
    .boxed()
}
