//! A write outside every isolated scope never reaches the process. This test runs alone in its
//! process, because it compares the counters of the process.

use std::time::Duration;

use tokio::runtime::Builder;
use whose::testing::Recorder;
use whose::{Breadcrumb, Scope, ScopeExt as _, Source, User};

#[test]
fn write_outside_isolated_scope_is_refused() {
    let rec = Recorder::global();
    assert_each_write_is_refused();

    // An isolated scope that has ended makes no difference.
    Scope::isolated().in_scope(|| {
        whose::set_user("alice");
        assert_eq!(whose::current().user_source(), Some(Source::Isolation));
    });
    assert_each_write_is_refused();

    // A fixed scope accepts no writes.
    whose::user("bob").in_scope(|| {
        let before = whose::stats().refused_writes;
        whose::set_tag("k", "v");
        assert_eq!(whose::stats().refused_writes, before + 1);
        assert_eq!(whose::current().tag("k"), None);
    });
    assert_eq!(whose::current(), whose::Attribution::default());

    // A write on another thread is refused too.
    let before = whose::stats().refused_writes;
    let write = || whose::set_user("carol");
    std::thread::spawn(write).join().unwrap();
    assert_eq!(whose::stats().refused_writes, before + 1);
    assert_eq!(whose::current().user_id(), None);

    // Only `global()` writes for the process.
    whose::global().set_user("operator");
    assert_eq!(whose::current().user_id(), Some("operator"));
    assert_eq!(whose::current().user_source(), Some(Source::Global));
    whose::global().set_user(None::<User>);
    assert_eq!(whose::current().user_id(), None);

    assert_bare_jobs_share_no_user();

    tracing::info!("still recording");
    assert_eq!(rec.events().len(), 1, "warnings of `whose` make no record");
}

fn assert_each_write_is_refused() {
    let before = whose::stats().refused_writes;
    whose::set_user("bob");
    whose::clear_user();
    whose::set_anonymous();
    whose::set_session("s-1");
    whose::clear_session();
    whose::set_tag("k", "v");
    whose::remove_tag("k");
    whose::set_extra("k", 1);
    whose::remove_extra("k");
    whose::set_context("k", [("a", 1)]);
    whose::remove_context("k");
    whose::add_breadcrumb(Breadcrumb::new("refused"));
    assert_eq!(whose::stats().refused_writes, before + 12);
    assert_eq!(whose::current(), whose::Attribution::default());
}

/// Runs the jobs of a queue worker that opens no scope around a job.
fn assert_bare_jobs_share_no_user() {
    let job = |n: u64| async move {
        whose::set_user(format!("user-{}", n % 5));
        tokio::time::sleep(Duration::from_millis(n % 3)).await;
        whose::current().user_id().map(String::from)
    };
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let runtime = builder.enable_time().build().unwrap();
        runtime.block_on(async {
            let bare: Vec<_> = (0..200).map(|n| tokio::spawn(job(n))).collect();
            for task in bare {
                assert_eq!(task.await.unwrap(), None);
            }
            // The warning suggests this fix.
            let scoped = |n| tokio::spawn(job(n).with_scope(Scope::isolated()));
            let scoped: Vec<_> = (0..200).map(scoped).collect();
            for (n, task) in scoped.into_iter().enumerate() {
                assert_eq!(task.await.unwrap(), Some(format!("user-{}", n % 5)));
            }
        });
    }
}
