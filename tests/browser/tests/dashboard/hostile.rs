//! Ids and texts that attack a page.

use std::path::Path;
use std::time::Duration;

use tracing_subscriber::prelude::*;
use whose::RecordSink;

use crate::browser::Browser;
use crate::server::Server;

/// Texts that change a page, a terminal or a query where they are not taken as text.
const HOSTILE: [&str; 6] = [
    "<script>document.title='owned'</script>",
    "\"><img src=x onerror=document.title='owned'>",
    "javascript:document.title='owned'",
    "'; drop table users; --",
    "../../etc/passwd",
    "\u{202e}eciela\u{1b}[2J",
];

fn fill(store: &Path) {
    let store = whose_store::Store::open(store).unwrap();
    let layer = whose::layer().with_sink(store.clone());
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        for text in HOSTILE {
            let user = whose::User::new(text).with_email(text).with_full_name(text);
            whose::user(user)
                .session(text)
                .tag("plan", text)
                .in_scope(|| {
                    let _span = tracing::info_span!("answer", text).entered();
                    tracing::info!("{text}");
                    whose::add_breadcrumb(whose::Breadcrumb::new(text));
                    whose::flag("variant", text);
                    whose::capture_message(text);
                    whose::score(text, 0.5).comment(text).record();
                    whose::monitor(text).run(|| ());
                    whose::usage(text).input_tokens(1).record();
                });
        }
    });
    assert!(store.flush(Duration::from_secs(60)).is_complete());
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_ids_are_shown_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("whose.db");
    fill(&store);
    let server = Server::of(&store);
    let browser = Browser::start().await;
    browser.open(&server.url("/")).await;
    for (href, name) in browser.views().await {
        browser.open(&server.url(&href)).await;
        assert_is_text(&browser, &href).await;
        // One page further: the first links of the table, which name the hostile ids.
        for row in 1..=HOSTILE.len() {
            browser.open(&server.url(&href)).await;
            let link = format!("table.rows tbody tr:nth-child({row}) a");
            let Some(link) = browser.find_all(&link).await.into_iter().next() else {
                continue;
            };
            browser.follow(&link).await;
            assert_is_text(&browser, &format!("{name}, row {row}")).await;
        }
    }
}

/// Fails if a text of the store became a part of the page.
async fn assert_is_text(browser: &Browser, page: &str) {
    browser.assert_quiet(page).await;
    let script = "return [
        document.title === 'owned',
        document.querySelectorAll('main script, main img[src=\"x\"], [onerror]').length,
        [...document.querySelectorAll('a')].filter(a => a.protocol !== 'http:').length,
        /[\\u202e\\u001b]/.test(document.body.innerText),
    ]";
    let answer = browser.run(script).await;
    assert_eq!(answer, serde_json::json!([false, 0, 0, false]), "{page}");
}
