//! A job submitted to a custom pool with `install` has the user of its submitter, also where the
//! only thread of the pool runs `install` in the middle of a job of another user.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc;

use whose::Scope;
use whose_tests::current::{assert_user, user_id};

#[test]
fn installed_closure_job_has_submitter_user() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.expect("a pool");
    let (begun, has_begun) = mpsc::channel();
    let over = Arc::<AtomicBool>::default();
    let (alice, is_over) = (whose::user("alice").in_scope(Scope::current), over.clone());
    pool.spawn(move || {
        alice.in_scope(|| {
            begun.send(()).expect("the test waits");
            while !is_over.load(SeqCst) {
                rayon::yield_now();
            }
        });
    });
    has_begun.recv().expect("Alice's job begins");
    let (user, seen) = mpsc::channel();
    whose::user("bob").in_scope(|| {
        assert_user("bob");
        whose::rayon::install(&pool, || {
            whose::rayon::spawn(move || {
                user.send(user_id()).expect("the test waits");
                over.store(true, SeqCst);
            });
        });
    });
    assert_eq!(seen.recv().expect("a user").as_deref(), Some("bob"));
}
