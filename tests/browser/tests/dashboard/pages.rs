//! Every page that a person reaches from the navigation, in each look.

use std::collections::{BTreeSet, VecDeque};

use tokio::sync::OnceCell;

use crate::accessibility::violations;
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

/// What a person reaches by clicks from the navigation.
#[derive(Debug, Default)]
struct Reached {
    /// One page of each view.
    pages: Vec<Page>,
    /// The links that lead to no page or to an error.
    broken: Vec<String>,
}

/// The pages that a person reaches. Found once for all tests.
async fn reached() -> &'static Reached {
    static REACHED: OnceCell<Reached> = OnceCell::const_new();
    REACHED.get_or_init(explore).await
}

/// Clicks through the pages, from the views of the navigation on.
async fn explore() -> Reached {
    let server = Server::of_support_desk();
    let browser = Browser::start().await;
    browser.open(&server.url("/")).await;
    let mut known = BTreeSet::new();
    let mut reached = Reached::default();
    // The location that has the link, the link, and its selector.
    let mut links = VecDeque::new();
    for (href, _) in browser.views().await {
        known.insert(view(&href));
        let selector = format!("header.top nav a[href='{href}']");
        links.push_back(("/".to_owned(), href, selector));
    }
    while let Some((from, href, selector)) = links.pop_front() {
        browser.open(&server.url(&from)).await;
        let link = browser.find(&selector).await;
        browser.follow(&link).await;
        if !shows_content(&browser).await {
            reached.broken.push(format!("{href}, a link of {from}"));
            continue;
        }
        let location = browser.location().await;
        for href in content_links(&browser).await {
            if known.insert(view(&href)) {
                let selector = format!("main a[href='{href}']");
                links.push_back((location.clone(), href, selector));
            }
        }
        let name = view(&href).trim_matches('/').replace(['/', '.'], "-");
        reached.pages.push(Page { name, location });
    }
    reached
}

/// The view of a link: its path; all pages of statements are one view.
fn view(href: &str) -> String {
    let path = href.split('?').next().unwrap_or_default();
    match path.strip_suffix(".sql") {
        Some(_) => "/statements".to_owned(),
        None => path.to_owned(),
    }
}

/// Whether the server has the page, and shows no error instead.
async fn shows_content(browser: &Browser) -> bool {
    let headings = browser.find_all("main h1").await.len();
    let errors = browser.find_all("main .error[role=alert]").await.len();
    headings == 1 && errors == 0
}

/// The links of the content that lead to pages: not to files.
async fn content_links(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('main a[href^=\"/\"]')]
        .filter(a => !a.hasAttribute('download') && a.checkVisibility())
        .map(a => a.getAttribute('href'))
        .filter(href => !/^[^?]*\\.(json|csv|jsonl)(\\?|$)/.test(href))";
    serde_json::from_value(browser.run(script).await).unwrap()
}

/// Opens every page in a look, and fails with the problems of all of them.
async fn check(look: Look) {
    let server = Server::of_support_desk();
    let browser = Browser::start().await;
    browser.look(look).await;
    let mut problems = Vec::new();
    for page in &reached().await.pages {
        browser.open(&server.url(&page.location)).await;
        let mut problem = |text: String| problems.push(format!("{}: {text}", page.location));
        if !shows_content(&browser).await {
            problem("no content".to_owned());
        }
        browser.noise().await.into_iter().for_each(&mut problem);
        let (excess, wide) = excess(&browser).await;
        if excess > 0 {
            problem(format!("{excess} pixels too wide: {wide:#?}"));
        }
        violations(&browser)
            .await
            .into_iter()
            .for_each(&mut problem);
        // Last: charts and graphs load their data after the page.
        browser.screenshot(&page.name, look).await;
    }
    let list = problems.join("\n");
    assert!(problems.is_empty(), "in the look {look:?}:\n{list}");
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
async fn every_link_leads_to_a_page() {
    let reached = reached().await;
    assert!(reached.broken.is_empty(), "{:#?}", reached.broken);
    assert!(reached.pages.len() > 5, "{reached:#?}");
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
