//! Signing in and out, with and without JavaScript.

use crate::browser::Browser;
use crate::server::Server;

const TOKEN: &str = "read-0123456789abcdef";

/// Signs in by the form, signs out by the button, and finds that the pages are closed again.
async fn sign_in_and_out(browser: &Browser) {
    let server = Server::with_token(TOKEN);
    browser.open(&server.url("/errors")).await;
    let token = browser.find("input[name=token]").await;
    token.send_keys(TOKEN).await.unwrap();
    browser.follow(&browser.find(".sign-in button").await).await;
    let sign_out = browser.find(".sign-out button").await;
    assert_eq!(browser.location().await, "/errors");
    browser.follow(&sign_out).await;
    assert_eq!(browser.location().await, "/sign-in");
    browser.open(&server.url("/errors")).await;
    assert_eq!(browser.find_all(".sign-in").await.len(), 1);
    assert!(browser.find_all("table.rows").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn button_signs_out_with_javascript() {
    sign_in_and_out(&Browser::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn button_signs_out_without_javascript() {
    sign_in_and_out(&Browser::without_javascript().await).await;
}
