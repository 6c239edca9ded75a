//! The pages of jobs and scores over HTTP.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::time::Duration;

use support::server::Server;
use support::{HOSTILE, as_alice, store_of};

#[test]
fn jobs_show_their_last_run_and_what_they_missed() {
    let folder = store_of(
        |layer| layer,
        || {
            let daily = |name: &str| whose::monitor(name).every(Duration::from_secs(86_400));
            as_alice(|| daily("nightly").run(|| ()));
            assert!(daily("import").run(|| Err::<(), _>("no disk")).is_err());
            whose::monitor(HOSTILE).run(|| ());
        },
    );
    let server = Server::start(folder.path());
    let page = server.page("/jobs");
    assert!(
        page.contains("3 jobs · 0 late · 1 failed or overran"),
        "{page}"
    );
    assert!(
        page.contains(r#"<span class="badge failed">failed</span>"#),
        "{page}"
    );
    assert!(
        page.contains("nightly") && !page.contains('\u{1b}'),
        "{page}"
    );

    // Seen from later: the daily jobs did not start again.
    let later = server.page("/jobs?until=2200-01-01");
    assert!(later.contains("3 jobs · 2 late"), "{later}");
    let jobs = server.json("/jobs.json?until=2200-01-01");
    let missed = jobs["jobs"].as_array().unwrap().iter();
    let missed: Vec<_> = missed
        .map(|job| job["missed"].as_u64().unwrap() > 0)
        .collect();
    assert_eq!(missed, [true, false, true]);
    assert!(
        server
            .page("/jobs?until=2020-01-01")
            .contains("No job has run")
    );
    assert!(server.page("/jobs.csv").contains("\nnightly,ok,"));
}

#[test]
fn scores_show_means_over_time_and_the_worst_sessions() {
    let folder = store_of(
        |layer| layer,
        || {
            for (session, value) in [("s-1", 0.75), ("s-2", 0.125), ("s-1", 0.25)] {
                whose::user("alice").session(session).in_scope(|| {
                    whose::score("helpful", value).record();
                    whose::score("<tone>", "polite").record();
                });
            }
        },
    );
    let server = Server::start(folder.path());
    let page = server.page("/scores");
    assert!(page.contains("6 scores of 2 names"), "{page}");
    assert!(
        page.contains("0.375") && page.contains("polite 3"),
        "{page}"
    );
    assert!(
        page.contains("Worst sessions by") && page.contains("<figure"),
        "{page}"
    );
    let (worst, other) = (page.find("/session?id=s-2"), page.find("/session?id=s-1"));
    assert!(worst.unwrap() < other.unwrap(), "{page}");
    assert!(!page.contains("<tone>"), "{page}");

    // A name with categories alone has no chart and no worst session.
    let page = server.page("/scores?name=%3Ctone%3E");
    assert!(
        page.contains("No session has a number") && !page.contains("<figure"),
        "{page}"
    );
    let of_session = server.page("/scores?session=s-2");
    assert!(of_session.contains("2 scores of 2 names"), "{of_session}");
    assert!(server.page("/scores?until=2020-01-01").contains("No score"));
    assert_eq!(server.get("/scores?user=nobody").status, 404);
    let scores = server.json("/scores.json");
    let means = scores["names"][1]["means"].as_array().unwrap();
    assert_eq!(means.len(), 24);
    assert_eq!(means[0], 0.75, "the first part has the first score");
    assert_eq!(scores["worst_sessions"][0]["session"], "s-2");
    assert_eq!(server.page("/scores.csv").lines().count(), 3);
}
