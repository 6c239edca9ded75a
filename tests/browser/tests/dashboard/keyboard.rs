//! The keys.

use thirtyfour::Key;

use crate::browser::Browser;
use crate::server::Server;

/// A text that tells an element from others.
const NAME: &str =
    "it => it.id || it.getAttribute('name') || it.getAttribute('href') || it.textContent";

/// The name of the focused element.
async fn focus(browser: &Browser) -> String {
    let script = format!("return ({NAME})(document.activeElement)");
    let name = browser.run(&script).await;
    name.as_str().unwrap_or_default().to_owned()
}

/// Whether the focused element has a visible outline.
async fn shows_focus(browser: &Browser) -> bool {
    let script = "const style = getComputedStyle(document.activeElement);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2";
    browser.run(script).await == true
}

async fn current_row(browser: &Browser) -> i64 {
    let script = "return [...document.querySelectorAll('table.rows tbody tr')]
        .findIndex(row => row.classList.contains('current'))";
    browser.run(script).await.as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn j_and_k_move_through_rows_and_enter_opens_one() {
    let server = Server::of_support_desk();
    let browser = Browser::start().await;
    browser.open(&server.url("/errors")).await;
    let mut rows = Vec::new();
    for key in ["k", "j", "j", "k"] {
        browser.press(key).await;
        rows.push(current_row(&browser).await);
    }
    assert_eq!(rows, [0, 1, 1, 0], "the ends stop, and there are two rows");
    assert!(shows_focus(&browser).await);
    browser.leave(browser.press(Key::Enter)).await;
    let location = browser.location().await;
    assert!(location.starts_with("/error?fingerprint="), "{location}");
}

#[tokio::test(flavor = "multi_thread")]
async fn question_mark_shows_the_keys_and_escape_hides_them() {
    let server = Server::of_support_desk();
    let browser = Browser::start().await;
    browser.open(&server.url("/users")).await;
    let is_open = "return document.getElementById('keys').open";
    assert_eq!(browser.run(is_open).await, false);
    browser.press("?").await;
    assert_eq!(browser.run(is_open).await, true);
    browser.press(Key::Escape).await;
    assert_eq!(browser.run(is_open).await, false);
    browser.assert_quiet("/users").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tab_reaches_skip_link_views_and_settings_in_the_order_of_the_page() {
    let server = Server::of_support_desk();
    let browser = Browser::start().await;
    browser.open(&server.url("/jobs")).await;
    let script = format!(
        "return [...document.querySelectorAll('a, button, input:not([type=hidden]), select')]
           .filter(it => it.closest('header.top, .skip') && it.checkVisibility()).map({NAME})"
    );
    let expected: Vec<String> = serde_json::from_value(browser.run(&script).await).unwrap();
    assert!(
        expected.len() > browser.views().await.len() + 2,
        "{expected:?}"
    );
    for (number, name) in expected.iter().enumerate() {
        browser.press(Key::Tab).await;
        assert_eq!(focus(&browser).await, *name, "after {} tabs", number + 1);
        assert!(
            shows_focus(&browser).await,
            "{name} does not show the focus"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn skip_link_leads_to_the_content() {
    let server = Server::of_support_desk();
    let browser = Browser::start().await;
    browser.open(&server.url("/jobs")).await;
    browser.press(Key::Tab).await;
    let is_visible = "const box = document.activeElement.getBoundingClientRect();
        return box.left >= 0 && box.top >= 0 && box.width > 0";
    assert_eq!(browser.run(is_visible).await, true);
    browser.press(Key::Enter).await;
    assert_eq!(focus(&browser).await, "content");
}

#[tokio::test(flavor = "multi_thread")]
async fn slash_leads_to_the_search_from_every_view() {
    let server = Server::of_support_desk();
    let browser = Browser::start().await;
    browser.open(&server.url("/")).await;
    for (href, _) in browser.views().await {
        browser.open(&server.url(&href)).await;
        browser.press("/").await;
        let script = "return document.activeElement.matches('input[type=search]')";
        assert_eq!(browser.run(script).await, true, "{href}");
    }
    browser.open(&server.url("/errors")).await;
    browser.press("/").await;
    // In the box, the keys are letters.
    browser.press("jk?").await;
    assert_eq!(current_row(&browser).await, -1);
    browser.leave(browser.press(Key::Enter)).await;
    let location = browser.location().await;
    assert!(location.starts_with("/search?q=jk%3F"), "{location}");
}
