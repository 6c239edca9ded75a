//! A process that has opened an isolated scope serves many: alone in its process.

use whose::testing::Recorder;
use whose::{Scope, Source, User};

#[test]
fn a_write_outside_every_isolated_scope_is_refused_once_the_process_serves_many() {
    let rec = Recorder::global();

    // A program that serves nobody yet: the write means the process.
    whose::set_user("admin");
    assert_eq!(whose::current().user_id(), Some("admin"));
    assert_eq!(whose::current().source(), Some(Source::Global));
    assert_eq!(whose::stats().refused_writes, 0);

    Scope::isolated().in_scope(|| {
        assert_eq!(whose::current().user_id(), Some("admin"));
        whose::set_user("alice");
        assert_eq!(whose::current().source(), Some(Source::Isolation));
    });

    // From now on, it serves many. Each kind of write is refused, and counted.
    whose::set_user("bob");
    whose::clear_user();
    whose::set_anonymous();
    whose::set_session("s-1");
    whose::set_tag("k", "v");
    assert_eq!(whose::stats().refused_writes, 5);
    let at = whose::current();
    assert_eq!(
        (at.user_id(), at.session_id(), at.tag("k")),
        (Some("admin"), None, None)
    );

    // On another thread too, since the process is one.
    std::thread::spawn(|| whose::set_user("carol"))
        .join()
        .unwrap();
    assert_eq!(whose::stats().refused_writes, 6);
    assert_eq!(whose::current().user_id(), Some("admin"));

    // Who means the process says so.
    whose::global().set_user("operator");
    assert_eq!(whose::current().user_id(), Some("operator"));
    whose::global().set_user(None::<User>);
    assert_eq!(whose::current().user_id(), None);

    tracing::info!("still recording");
    assert_eq!(
        rec.events().len(),
        1,
        "what whose says of itself is nobody's record"
    );
}
