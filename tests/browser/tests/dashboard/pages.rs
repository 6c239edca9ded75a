//! Every page that a person reaches from the navigation, in each look.

use std::collections::{BTreeSet, VecDeque};

use tokio::sync::OnceCell;

use crate::accessibility::assert_accessible;
use crate::browser::{Browser, Look};
use crate::server::Server;

/// A page that a person reached.
#[derive(Clone, Debug)]
struct Page {
    /// The name of its screenshots.
    name: String,
    /// The path and the query.
    location: String,
}

/// The pages that a person reaches by clicks from the navigation: one of each view. Found once for
/// all tests.
async fn reached() -> &'static [Page] {
    static PAGES: OnceCell<Vec<Page>> = OnceCell::const_new();
    PAGES.get_or_init(explore).await
}

/// Clicks through the pages, from the views of the navigation on.
async fn explore() -> Vec<Page> {
    let server = Server::of_support_desk();
    let browser = Browser::start().await;
    browser.open(&server.url("/")).await;
    let mut known = BTreeSet::new();
    let mut pages = Vec::new();
    // The location that has the link, the link, and its selector.
    let mut links = VecDeque::new();
    for (href, _) in browser.views().await {
        known.insert(view(&href));
        links.push_back((
            "/".to_owned(),
            format!("header.top nav a[href='{href}']"),
            href,
        ));
    }
    while let Some((from, selector, href)) = links.pop_front() {
        browser.open(&server.url(&from)).await;
        let link = browser.find(&selector).await;
        browser.follow(&link).await;
        let location = browser.location().await;
        assert_shows(&browser, &format!("{href}, a link of {from},")).await;
        for href in content_links(&browser).await {
            if known.insert(view(&href)) {
                let selector = format!("main a[href='{href}']");
                links.push_back((location.clone(), selector, href));
            }
        }
        let name = view(&href).trim_matches('/').replace(['/', '.'], "-");
        pages.push(Page { name, location });
    }
    pages
}

/// The view of a link: its path; all pages of statements are one view.
fn view(href: &str) -> String {
    let path = href.split('?').next().unwrap_or_default();
    match path.strip_suffix(".sql") {
        Some(_) => "/statements".to_owned(),
        None => path.to_owned(),
    }
}

/// Fails if the server has no such page, or shows an error instead.
async fn assert_shows(browser: &Browser, page: &str) {
    let headings = browser.find_all("main h1").await;
    assert_eq!(headings.len(), 1, "{page} has no content");
    let errors = browser.find_all("main .error[role=alert]").await;
    assert!(errors.is_empty(), "{page} is an error");
}

/// The links of the content that lead to pages: not to files.
async fn content_links(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('main a[href^=\"/\"]')]
        .filter(a => !a.hasAttribute('download') && a.checkVisibility())
        .map(a => a.getAttribute('href'))
        .filter(href => !/^[^?]*\\.(json|csv|jsonl)(\\?|$)/.test(href))";
    serde_json::from_value(browser.run(script).await).unwrap()
}

/// Opens every page in a look.
async fn check(look: Look) {
    let pages = reached().await;
    let server = Server::of_support_desk();
    let browser = Browser::start().await;
    browser.look(look).await;
    for page in pages {
        let name = format!("{} ({look:?})", page.location);
        browser.open(&server.url(&page.location)).await;
        assert_shows(&browser, &name).await;
        browser.screenshot(&page.name, look).await;
        browser.assert_quiet(&name).await;
        assert_fits(&browser, &name).await;
        assert_accessible(&browser, &name).await;
    }
}

/// Fails if the page itself scrolls sideways.
async fn assert_fits(browser: &Browser, page: &str) {
    let (excess, wide) = excess(browser).await;
    assert!(excess <= 0, "{page} is {excess} pixels too wide: {wide:#?}");
}

/// By how many pixels the page is too wide, and the first elements that are.
async fn excess(browser: &Browser) -> (i64, Vec<String>) {
    let script = "const root = document.documentElement;
        const wide = [...document.querySelectorAll('body *')].filter(element =>
            element.getBoundingClientRect().right > root.clientWidth + 1
            && !element.closest('.table-frame, pre, nav, dialog, svg, .hidden, .skip'));
        return [root.scrollWidth - root.clientWidth,
            wide.slice(0, 3).map(element => element.outerHTML.slice(0, 120))]";
    serde_json::from_value(browser.run(script).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_light_colours_is_quiet_and_accessible() {
    check(Look::Light).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_dark_colours_is_quiet_and_accessible() {
    check(Look::Dark).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_at_375_pixels_fits_and_is_accessible() {
    check(Look::Narrow).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_of_the_navigation_has_its_twins() {
    let server = Server::of_support_desk();
    let browser = Browser::start().await;
    browser.open(&server.url("/")).await;
    for (href, _) in browser.views().await {
        browser.open(&server.url(&href)).await;
        let script = "const done = arguments[arguments.length - 1];
            Promise.all([...document.querySelectorAll('nav.twins a')].map(a => fetch(a.href)
              .then(answer => answer.text().then(text =>
                [a.textContent, answer.status, answer.headers.get('content-type'), text.length]))))
              .then(done, error => done(String(error)))";
        let twins = browser
            .driver
            .execute_async(script, Vec::new())
            .await
            .unwrap();
        let twins: Vec<(String, u16, String, usize)> = twins.convert().unwrap();
        assert!(!twins.is_empty(), "{href} has no twins");
        for (twin, status, content_type, length) in twins {
            assert_eq!(status, 200, "{href}: {twin}");
            assert!(!content_type.is_empty() && length > 0, "{href}: {twin}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wide_page_message_of_the_console_and_foreign_request_are_found() {
    let browser = Browser::start().await;
    browser.look(Look::Narrow).await;
    let page = "<html lang=en><meta charset=utf-8><p style='width:2000px'>wide</p>\
                <img src='http://127.0.0.2:9/pixel'><script>console.error('broken')</script>";
    browser.open(&format!("data:text/html,{page}")).await;
    let (excess, wide) = excess(&browser).await;
    assert!(
        excess > 1_000 && wide[0].contains("wide"),
        "{excess} {wide:?}"
    );
    let noise = browser.noise().await.join("\n");
    assert!(noise.contains("broken"), "{noise}");
    assert!(
        noise.contains("request to http://127.0.0.2:9/pixel"),
        "{noise}"
    );
}
