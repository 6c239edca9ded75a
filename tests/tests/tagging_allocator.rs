//! A global allocator that calls `whose`, such as a memory profiler that tags allocations, does not
//! deadlock. This test runs alone in its process, because it installs the allocator.

use std::alloc::System;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use tracking_allocator::{AllocationGroupId, AllocationRegistry, AllocationTracker, Allocator};
use whose::testing::Recorder;
use whose::{Breadcrumb, Scope, User};

#[global_allocator]
static ALLOCATOR: Allocator<System> = Allocator::system();

/// The number of calls of the profiler.
static CALLS: AtomicU64 = AtomicU64::new(0);

struct Profiler;

impl AllocationTracker for Profiler {
    fn allocated(&self, _: usize, size: usize, _: usize, _: AllocationGroupId) {
        CALLS.fetch_add(1, Relaxed);
        whose::set_tag("allocated", size);
        whose::set_user("the profiler");
        whose::clear_user();
        whose::add_breadcrumb(Breadcrumb::new("allocated"));
        whose::global().set_tag("allocated", size);
        let _ = whose::current().user_id().map(str::len);
        whose::user("the profiler").in_scope(|| whose::set_tag("allocated", size));
    }

    fn deallocated(
        &self,
        _: usize,
        _: usize,
        _: usize,
        _: AllocationGroupId,
        _: AllocationGroupId,
    ) {
        whose::set_tag("freed", "yes");
    }
}

fn work(n: u32) {
    whose::set_user(User::new(format!("a user whose id is kept elsewhere {n}")).with_email("a@x"));
    whose::set_tag(
        format!("key-{n}"),
        "a value that is kept elsewhere, by its length",
    );
    whose::set_extra("cart", vec!["book"; 10]);
    whose::set_context("app", [("version", n)]);
    whose::add_breadcrumb(Breadcrumb::new("opened checkout").with_data("step", n));
    info_span!("work", n, user.id = tracing::field::Empty).in_scope(|| {
        tracing::Span::current().record("user.id", "late");
        info!(n, "a line");
        whose::capture_error(&io::Error::other("refused"));
    });
    let captured = Scope::current();
    thread::spawn(move || captured.in_scope(|| whose::current().tags().count()));
    whose::clear_user();
    assert!(whose::current().tags().count() <= whose::Limits::TAGS);
}

#[test]
fn allocator_writing_scopes_does_not_deadlock() {
    tracing_subscriber::registry().with(whose::layer()).init();
    AllocationRegistry::set_global_tracker(Profiler).expect("the only tracker");
    let (done, wait) = channel();
    thread::spawn(move || {
        AllocationRegistry::enable_tracking();
        let rec = Recorder::start();
        for n in 0..100 {
            Scope::isolated().in_scope(|| work(n));
            work(n);
        }
        AllocationRegistry::disable_tracking();
        done.send(rec.errors().len()).expect("the test waits");
    });
    let errors = wait.recv_timeout(Duration::from_secs(60));
    assert_eq!(errors, Ok(200), "the thread deadlocks");
    assert!(CALLS.load(Relaxed) > 10_000);
}
