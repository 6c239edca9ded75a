//! The pages without JavaScript.

use thirtyfour::By;

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
    browser
        .find(".range noscript button")
        .await
        .click()
        .await
        .unwrap();
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
