//! Records that a sink returns by `Record::recycle`: later records reuse their memory, and carry
//! nothing of the earlier records.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use whose::{Breadcrumb, Record, RecordSink, RecordType, Scope, Status, User};

/// A sink that keeps its records until the test takes them.
#[derive(Clone, Default)]
struct Keeper(Arc<Mutex<Vec<Arc<Record>>>>);

impl Keeper {
    fn take(&self) -> Vec<Arc<Record>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl RecordSink for Keeper {
    fn record(&self, record: &Arc<Record>) {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        records.push(record.clone());
    }
}

/// Records of Alice that use every part of a record.
fn emit_of_alice() {
    let scope = Scope::isolated();
    scope.in_scope(|| {
        whose::set_user(User::new("alice").with_email("alice@example.com"));
        whose::set_session("s-alice");
        whose::set_tag("plan", "pro");
        whose::set_extra("cart", [1, 2, 3]);
        whose::flag("secret", "of alice");
        whose::add_breadcrumb(Breadcrumb::new("alice opened the checkout"));
        let span = info_span!("secret span", secret = "of alice");
        span.in_scope(|| {
            info!(secret = "of alice", "alice was here");
            tracing::error!(error = "alice failed", "with an error");
        });
    });
}

/// Records without a user and without data.
fn emit_plain() {
    info_span!("plain span").in_scope(|| info!("plain"));
}

#[test]
fn recycled_record_carries_nothing_of_earlier_record() {
    let keeper = Keeper::default();
    let layer = whose::layer().with_flags(["secret"]);
    let layer = layer.with_sink(keeper.clone());
    let _default = tracing_subscriber::registry().with(layer).set_default();
    let mut reused = 0;
    for _ in 0..200 {
        for _ in 0..20 {
            emit_of_alice();
        }
        let mut of_alice = keeper.take();
        let memory: BTreeSet<_> = of_alice
            .iter()
            .map(Arc::as_ptr)
            .map(<*const _>::addr)
            .collect();
        // A sink with its own thread recycles on that thread.
        std::thread::spawn(move || Record::recycle(of_alice.drain(..)))
            .join()
            .unwrap();
        for _ in 0..20 {
            emit_plain();
        }
        let plain = keeper.take();
        assert_eq!(plain.len(), 40);
        for record in &plain {
            reused += usize::from(memory.contains(&Arc::as_ptr(record).addr()));
            let json = serde_json::to_string(&**record).unwrap();
            assert!(
                !json.contains("alice") && !json.contains("secret"),
                "{json}"
            );
            assert!(!json.contains("cart") && !json.contains("plan"), "{json}");
            assert_eq!(record.breadcrumbs().count() + record.flags().count(), 0);
            assert_eq!(
                (record.status(), record.error_type()),
                (Status::Unset, None)
            );
            assert_ne!(record.record_type(), RecordType::Error);
        }
        // The plain records are dropped here, not recycled.
    }
    assert!(reused > 0, "no memory was reused");
}

#[test]
fn record_that_is_still_held_is_not_recycled() {
    let keeper = Keeper::default();
    let layer = whose::layer().with_sink(keeper.clone());
    let _default = tracing_subscriber::registry().with(layer).set_default();
    whose::user("alice").in_scope(|| info!("kept"));
    let kept = keeper.take();
    Record::recycle(kept.clone());
    for _ in 0..100 {
        whose::user("bob").in_scope(|| info!("later"));
    }
    assert_eq!(
        (kept[0].user_id(), kept[0].message()),
        (Some("alice"), Some("kept"))
    );
}
