//! Two browsers at once.

use crate::browser::{Browser, Look};
use crate::server::Server;

/// The texts of the first column of the page's tables.
async fn rows(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('table.rows tbody tr td:first-child')]
        .map(cell => cell.textContent)";
    serde_json::from_value(browser.run(script).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_browsers_see_the_same_records_each_with_its_own_theme() {
    let server = Server::of_support_desk();
    let (first, second) = tokio::join!(Browser::start(), Browser::start());
    tokio::join!(first.look(Look::Light), second.look(Look::Light));
    let (users, errors) = (server.url("/users"), server.url("/errors"));
    tokio::join!(first.open(&users), second.open(&errors));
    first.find("#theme").await.click().await.unwrap();
    for _ in 0..5 {
        tokio::join!(first.open(&users), second.open(&users));
        let (of_first, of_second) = tokio::join!(rows(&first), rows(&second));
        assert!(of_first.len() > 10, "{of_first:?}");
        assert_eq!(of_first, of_second);
        tokio::join!(first.open(&errors), second.open(&errors));
        assert_eq!(rows(&first).await, rows(&second).await);
    }
    let theme = "return document.documentElement.dataset.theme ?? null";
    assert_eq!(first.run(theme).await, "dark");
    assert_eq!(second.run(theme).await, serde_json::Value::Null);
}
