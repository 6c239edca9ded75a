//! Equal errors form one group, in every process.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::{TIMEOUT, folder, record_into, recorded, rows};
use tracing::{Level, info_span};
use whose::RecordSink;
use whose_store::{Queries, Query, Reader, StoreError};

#[test]
fn error_group_has_counts_users_and_first_and_last_time() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for (user, order) in [("alice", 17), ("bob", 18), ("alice", 19)] {
            whose::user(user).session(format!("s-{user}")).in_scope(|| {
                let _span = info_span!("pay").entered();
                whose::capture_message(format!("order {order} refused"));
            });
        }
        whose::capture_message("order 20 refused");
        whose::anonymous().in_scope(|| whose::capture_message("order 21 refused"));
        whose::user("carol").in_scope(|| {
            whose::capture_error(&"x".parse::<u32>().unwrap_err());
            tracing::error!("a log line is not an error");
        });
    });
    let groups = rows(reader.errors(None, &Query::all()));
    assert_eq!(groups.len(), 2);
    let refused = &groups[0];
    assert_eq!(
        (refused.errors, refused.users, refused.sessions),
        (5, 2, 2),
        "most users first"
    );
    assert_eq!(refused.without_user, 1, "anonymous errors do not count");
    assert_eq!(
        refused.message.as_deref(),
        Some("order 21 refused"),
        "the newest error"
    );
    assert_eq!(
        (refused.error_type.as_deref(), &*refused.level),
        (None, "ERROR")
    );
    assert!(refused.file.as_deref().unwrap().ends_with("errors.rs"));

    let trail = rows(reader.audit("alice", &Query::all()));
    let errors: Vec<_> = trail
        .iter()
        .filter(|it| it.record_type == "error")
        .collect();
    assert_eq!(refused.first_seen, errors[0].time);
    assert!(refused.last_seen > errors[1].time);
    assert_eq!(errors[0].fingerprint.as_ref(), Some(&refused.fingerprint));
    assert_eq!(errors[0].path, ["pay"]);

    let parse = &groups[1];
    assert_eq!((parse.errors, parse.users), (1, 1));
    assert_eq!(
        parse.error_type.as_deref(),
        Some("core::num::error::ParseIntError")
    );
}

#[test]
fn error_groups_of_user_keep_totals_of_whole_group() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::user("alice").in_scope(|| whose::capture_message("lost"));
        whose::user("bob").in_scope(|| {
            whose::capture_message("lost");
            whose::message("lost")
                .fingerprint("other")
                .level(Level::WARN)
                .capture();
        });
        whose::user("carol").in_scope(|| tracing::info!("is fine"));
    });
    let of = |user| rows(reader.errors(Some(user), &Query::all()));
    assert_eq!((of("alice").len(), of("alice")[0].users), (1, 2));
    assert_eq!((of("bob").len(), &*of("bob")[1].level), (2, "WARN"));
    assert!(of("carol").is_empty());
    let error = reader.errors(Some("nobody"), &Query::all()).unwrap_err();
    assert!(matches!(error, StoreError::UnknownUser { .. }));
}

#[test]
fn error_groups_are_stable_across_processes() {
    let folder = folder();
    let (reader, store) = recorded(folder.path(), || whose::capture_message("lost 1"));
    let first = rows(reader.errors(None, &Query::all()));
    drop((reader, store));
    let path = folder.path().join("whose.db");
    let store = whose_store::Store::open(&path).unwrap();
    record_into(&store, || whose::capture_message("lost 2"));
    assert!(store.flush(TIMEOUT).is_complete());
    let second = rows(Reader::open(&path).unwrap().errors(None, &Query::all()));
    assert_eq!((second.len(), second[0].errors), (1, 2));
    assert_eq!(first[0].fingerprint, second[0].fingerprint);
    assert_eq!(first[0].first_seen, second[0].first_seen);
}
