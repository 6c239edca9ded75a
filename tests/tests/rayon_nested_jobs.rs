//! A job of `rayon` that runs in the middle of another job, on the only thread of the pool, has the
//! user of its submitter and does not change the user of the other job.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, Once, PoisonError};

use tracing::{info, info_span};
use whose::UnattributedReason;
use whose_tests::current::user_id;
use whose_tests::recorder::recorder;

type User = Option<&'static str>;

/// One test at a time: the global pool has one thread.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn single_thread() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
        pool.build_global().expect("the global pool");
        recorder();
    });
}

/// Submits a job as this user, or with nothing current for `None`.
fn submit(user: User, job: impl FnOnce() + Send + 'static) {
    match user {
        Some(user) => whose::user(user).in_scope(|| whose::rayon::spawn(job)),
        None => whose::rayon::spawn(job),
    }
}

fn assert_user_and_log(user: User, message: &str) {
    assert_eq!(user_id().as_deref(), user, "{message}");
    info_span!("work").in_scope(|| info!("{message}"));
}

/// A job of `host` that runs other jobs until `over`, and always sees its own user.
fn host(host: User, name: String, begun: mpsc::Sender<()>, over: Arc<AtomicBool>) {
    assert_user_and_log(host, &format!("{name}: host begins"));
    begun.send(()).expect("the test waits");
    while !over.load(SeqCst) {
        rayon::yield_now();
        assert_eq!(user_id().as_deref(), host, "{name}: the host");
    }
    assert_user_and_log(host, &format!("{name}: host goes on"));
}

/// Runs a job of `inner` inside a job of `middle` inside a job of `outer`, with all three on one
/// thread.
fn assert_users_stay_apart(outer: User, middle: User, inner: User) {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    single_thread();
    let name = format!("{outer:?} {middle:?} {inner:?}");
    let [outer_over, middle_over] = [(); 2].map(|()| Arc::<AtomicBool>::default());
    let start = |user: User, role: &str, over: &Arc<AtomicBool>, ends: &Arc<AtomicBool>| {
        let ((begun, has_begun), (done, is_done)) = (mpsc::channel(), mpsc::channel());
        let (name, over, ends) = (format!("{name}: {role}"), over.clone(), ends.clone());
        submit(user, move || {
            host(user, name, begun, over);
            // The job that hosts this job may end now.
            ends.store(true, SeqCst);
            done.send(()).expect("the test waits");
        });
        has_begun.recv().expect("the job begins");
        is_done
    };
    let nothing = Arc::default();
    let outer_done: Receiver<()> = start(outer, "outer", &outer_over, &nothing);
    let middle_done = start(middle, "middle", &middle_over, &outer_over);
    let (message, ends) = (format!("{name}: inner"), middle_over.clone());
    submit(inner, move || {
        assert_user_and_log(inner, &message);
        ends.store(true, SeqCst);
    });
    for done in [outer_done, middle_done] {
        done.recv().expect("every job saw its own user");
    }

    let recorder = recorder();
    let expected = [("outer: host", outer), ("middle: host", middle)];
    let hosts = expected.into_iter().flat_map(|(role, user)| {
        ["begins", "goes on"].map(|when| (format!("{name}: {role} {when}"), user))
    });
    for (message, user) in hosts.chain([(format!("{name}: inner"), inner)]) {
        let event = recorder.event(&message);
        assert_eq!(event.user_id(), user, "{message}");
        let reason = user.is_none().then_some(UnattributedReason::NoScope);
        assert_eq!(event.unattributed(), reason, "{message}");
    }
}

#[test]
fn hosted_job_without_user_stays_without_user() {
    assert_users_stay_apart(Some("alice"), None, None);
    assert_users_stay_apart(Some("alice"), None, Some("bob"));
    assert_users_stay_apart(Some("alice"), Some("bob"), None);
}

#[test]
fn hosted_job_keeps_submitter_user() {
    assert_users_stay_apart(Some("alice"), Some("bob"), Some("carol"));
    assert_users_stay_apart(Some("alice"), Some("bob"), Some("alice"));
    assert_users_stay_apart(Some("alice"), Some("alice"), Some("bob"));
}

#[test]
fn host_without_user_takes_no_guest_user() {
    assert_users_stay_apart(None, Some("bob"), None);
    assert_users_stay_apart(None, None, Some("bob"));
    assert_users_stay_apart(None, Some("alice"), Some("bob"));
}

#[test]
fn bare_job_that_interrupts_a_waiting_scope_has_no_user() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    single_thread();
    let (bare, of_bare) = mpsc::channel();
    submit(Some("host"), move || {
        whose::rayon::scope(|scope| {
            scope.spawn(|_| assert_eq!(user_id().as_deref(), Some("host")));
            // The newest job of the thread runs first.
            rayon::spawn(move || bare.send(user_id()).expect("the test waits"));
        });
        assert_eq!(user_id().as_deref(), Some("host"));
    });
    assert_eq!(of_bare.recv(), Ok(None));
}
