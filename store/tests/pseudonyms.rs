//! Users with pseudonyms instead of ids stay distinct and are found by pseudonym.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::time::Duration;

use support::rows;
use tracing_subscriber::prelude::*;
use whose::{Policy, PolicyKey, RecordSink};
use whose_store::{Queries, Query, Reader, Store};

#[test]
fn pseudonymous_users_stay_distinct_and_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    let key = PolicyKey::new("k1", [7; 32]).unwrap();
    let layer = whose::layer()
        .with_policy(Policy::pseudonymous(&key))
        .unwrap()
        .with_sink(store.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        for user in ["alice", "bob", "alice"] {
            whose::user(user).in_scope(|| tracing::info!("hello"));
        }
    });
    assert!(store.flush(Duration::from_secs(60)).is_complete());

    let reader = Reader::open(&path).unwrap();
    let users = rows(reader.users(&Query::all()));
    let mut events: Vec<_> = users.iter().map(|user| user.counts.events).collect();
    events.sort_unstable();
    assert_eq!(events, [1, 2]);
    assert!(users.iter().all(|user| user.id.is_none()));
    for (user, records) in [("alice", 2), ("bob", 1)] {
        let trail = rows(reader.audit(&key.pseudonym(user), &Query::all()));
        assert_eq!(trail.len(), records, "{user}");
        assert!(
            reader.audit(user, &Query::all()).is_err(),
            "{user} is nowhere in clear"
        );
    }
}
