//! The pages without JavaScript.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use thirtyfour::By;
use tracing_subscriber::prelude::*;
use whose::RecordSink;

use crate::browser::Browser;
use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn links_and_forms_work_without_javascript() {
    let server = Server::of_support_desk();
    let browser = Browser::without_javascript().await;
    browser.open(&server.url("/users")).await;
    let apply = browser.find(".range noscript button").await;
    assert!(apply.is_displayed().await.unwrap(), "JavaScript is off");

    // The form keeps the other parameters, and the range stays on the next view.
    browser.open(&server.url("/errors?user=usr_ada")).await;
    let range = browser
        .find(".range select[name=since] option[value='1h']")
        .await;
    range.click().await.unwrap();
    let apply = browser.find(".range noscript button").await;
    browser.follow(&apply).await;
    assert_eq!(browser.location().await, "/errors?user=usr_ada&since=1h");
    let link = browser.find("table.rows tbody a").await;
    browser.follow(&link).await;
    let location = browser.location().await;
    assert!(
        location.starts_with("/error?since=1h&fingerprint="),
        "{location}"
    );
    let rows = browser.find_all("table.rows tbody tr").await;
    assert!(!rows.is_empty());
    for (href, name) in browser.views().await {
        let link = browser.driver.find(By::LinkText(&name)).await.unwrap();
        browser.follow(&link).await;
        assert_eq!(browser.location().await, href);
        let headings = browser.find_all("main h1").await;
        assert_eq!(headings.len(), 1, "{href} has no content");
    }
}

/// The sessions of the store, more than two pages of a list.
const SESSIONS: usize = 230;

fn fill(store: &Path) {
    let store = whose_store::Store::open(store).unwrap();
    let layer = whose::layer().with_sink(store.clone());
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        for number in 0..SESSIONS {
            let visit = whose::user("ada").session(format!("visit-{number:03}"));
            visit.in_scope(|| tracing::info!("asks"));
        }
    });
    assert!(store.flush(Duration::from_secs(60)).is_complete());
}

#[tokio::test(flavor = "multi_thread")]
async fn list_of_three_pages_is_read_without_javascript() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("whose.db");
    fill(&store);
    let server = Server::of(&store);
    let browser = Browser::without_javascript().await;
    browser.open(&server.url("/sessions")).await;
    let mut seen = BTreeSet::new();
    for page in 1..=3 {
        for row in browser.find_all("table.rows tbody tr td:first-child").await {
            let session = row.text().await.unwrap();
            assert!(seen.insert(session.clone()), "{session} is listed twice");
        }
        let next = browser.find_all("a[rel=next]").await;
        assert_eq!(next.len(), usize::from(page < 3), "page {page}");
        for link in next {
            browser.follow(&link).await;
        }
    }
    assert_eq!(seen.len(), SESSIONS);
}
