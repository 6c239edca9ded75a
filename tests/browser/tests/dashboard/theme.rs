//! The switch between light and dark.

use crate::browser::{Browser, Look};
use crate::server::Server;

/// The brightness of the page's background, from 0 to 255.
async fn brightness(browser: &Browser) -> i64 {
    let script = "const colour = getComputedStyle(document.body).backgroundColor;
        return Math.max(...colour.match(/\\d+/g).map(Number))";
    browser.run(script).await.as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn theme_of_the_switch_is_remembered_on_the_next_page() {
    let server = Server::of_support_desk();
    let browser = Browser::start().await;
    browser.look(Look::Light).await;
    browser.open(&server.url("/users")).await;
    assert!(brightness(&browser).await > 200);
    let switch = browser.find("#theme").await;
    switch.click().await.unwrap();
    assert!(brightness(&browser).await < 60);
    browser.open(&server.url("/jobs")).await;
    assert!(brightness(&browser).await < 60, "the next page is dark");

    // The choice is stronger than the setting of the system.
    browser.look(Look::Dark).await;
    let switch = browser.find("#theme").await;
    switch.click().await.unwrap();
    assert!(brightness(&browser).await > 200);
    browser
        .leave(async { browser.driver.refresh().await.unwrap() })
        .await;
    assert!(brightness(&browser).await > 200);
}
