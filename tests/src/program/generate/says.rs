use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option::{of, weighted};
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::select;

use crate::program::{Claim, Datum, Explicit, Fields, Person, Says, Text};

const IDS: &[Text] = &["ann", "bob", "cyd"];
const EMAILS: &[Text] = &["a@x", "b@x", "c@x", "d@x"];
const SEGMENTS: &[Text] = &["beta", "gold"];
const ATTRS: &[Text] = &["plan", "org"];
pub(super) const SESSIONS: &[Text] = &["s-1", "s-2", "s-3"];
pub(super) const TAGS: &[Text] = &["t1", "t2", "t3"];
pub(super) const VALUES: &[Text] = &["v1", "v2", "v3", "v4"];
pub(super) const EXTRA: &[Text] = &["x1", "x2"];
pub(super) const CONTEXTS: &[Text] = &["c1", "c2"];
/// The keys inside of contexts, and inside of values that are maps.
const FIELDS: &[Text] = &["k1", "k2"];

pub(super) fn person() -> BoxedStrategy<Person> {
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

/// Tags, extra and contexts; mostly few of them.
fn data() -> BoxedStrategy<Says> {
    let said = (
        tags(),
        vec((select(EXTRA), datum()), 0..2),
        vec((select(CONTEXTS), fields()), 0..3),
    );
    said.prop_map(|(tags, extra, contexts)| Says {
        tags,
        extra,
        contexts,
        ..Says::default()
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

/// A fixed scope that says at least one thing.
pub(super) fn fixed() -> BoxedStrategy<Says> {
    let user = prop_oneof![
        5 => person().prop_map(Claim::Is),
        2 => Just(Claim::Mask),
        3 => Just(Claim::Unset),
    ];
    let local = (user, of(select(SESSIONS)), data()).prop_map(|(user, session, mut data)| {
        if user == Claim::Unset && session.is_none() && data == Says::default() {
            data.tags.insert(TAGS[0], VALUES[0]);
        }
        Says {
            user,
            session,
            ..data
        }
    });
    prop_oneof![6 => local, 1 => remote()].boxed()
}

/// A user whom a peer has named, with data.
fn remote() -> BoxedStrategy<Says> {
    let said = (person(), data());
    said.prop_map(|(user, data)| Says {
        user: Claim::Is(user),
        remote: true,
        ..data
    })
    .boxed()
}

/// What may be said beside what is current, with or without a user and a session.
fn beside(chance: f64) -> BoxedStrategy<Says> {
    let said = (
        weighted(chance, person()),
        weighted(chance, select(SESSIONS)),
        data(),
    );
    said.prop_map(|(user, session, data)| Says {
        user: user.map_or(Claim::Unset, Claim::Is),
        session,
        ..data
    })
    .boxed()
}

/// What is said of an error alone.
pub(super) fn report() -> BoxedStrategy<Says> {
    prop_oneof![2 => Just(Says::default()), 1 => beside(0.5)].boxed()
}

pub(super) fn isolated() -> BoxedStrategy<Says> {
    prop_oneof![8 => Just(Says::default()), 4 => beside(0.3), 1 => remote()].boxed()
}

pub(super) fn explicit() -> BoxedStrategy<Explicit> {
    let says = (
        of(select(IDS)),
        weighted(0.2, select(EMAILS)),
        weighted(0.3, select(SESSIONS)),
        weighted(0.3, select(VALUES)),
    )
        .prop_map(|(user_id, email, session_id, tag)| Explicit {
            user_id,
            email,
            session_id,
            tag,
        });
    prop_oneof![2 => Just(Explicit::default()), 1 => says].boxed()
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
    let tag = |value| Explicit {
        tag: Some(value),
        ..Explicit::default()
    };
    prop_oneof![
        4 => select(IDS).prop_map(user),
        2 => select(SESSIONS).prop_map(session),
        1 => select(VALUES).prop_map(tag),
    ]
    .boxed()
}
