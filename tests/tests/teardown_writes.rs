//! A thread that ends does not set a user for the process. This test runs alone in its process,
//! because it compares the counters of the process.

struct WritesAtExit;

impl Drop for WritesAtExit {
    fn drop(&mut self) {
        whose::set_user("leaked");
        whose::set_session("leaked");
        whose::set_tag("leaked", "yes");
    }
}

thread_local! {
    static AT_EXIT: WritesAtExit = const { WritesAtExit };
}

#[test]
fn write_during_thread_teardown_is_refused() {
    whose::global().set_user("admin");
    std::thread::spawn(|| {
        // The thread-local used first is destroyed last, after the stack of `whose`.
        AT_EXIT.with(|_| ());
        let _scope = whose::user("alice").enter();
    })
    .join()
    .unwrap();
    let attribution = whose::current();
    assert_eq!(
        (
            attribution.user_id(),
            attribution.session_id(),
            attribution.tag("leaked")
        ),
        (Some("admin"), None, None)
    );
}
