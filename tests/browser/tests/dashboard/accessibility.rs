//! axe-core in a page.

use serde_json::Value;
use thirtyfour::error::WebDriverResult;

use crate::browser::Browser;

const AXE: &str = include_str!("../../vendor/axe-core-4.14.1.min.js");

/// Checks the page against the rules of WCAG 2, levels A and AA.
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
    axe.run(document, { runOnly: { type: 'tag', values: tags } })
      .then(result => done(result.violations.map(violation => ({
        rule: violation.id,
        help: violation.help,
        nodes: violation.nodes.slice(0, 5).map(node => node.html + ' ' + node.failureSummary),
      }))), error => done([{ rule: 'axe', help: String(error), nodes: [] }]))";

/// Fails if axe-core finds a violation in the page.
pub(crate) async fn assert_accessible(browser: &Browser, page: &str) {
    let violations = violations(browser).await.unwrap();
    let is_empty = violations.as_array().is_some_and(Vec::is_empty);
    assert!(is_empty, "{page}: {violations:#}");
}

async fn violations(browser: &Browser) -> WebDriverResult<Value> {
    browser.driver.execute(AXE, Vec::new()).await?;
    let result = browser.driver.execute_async(RUN, Vec::new()).await?;
    Ok(result.json().clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn label_and_contrast_that_fail_are_found() {
    let browser = Browser::start().await;
    let page = "<html lang=en><title>t</title><main><h1>h</h1><input>\
                <p style='color:%23999;background:%23fff'>pale</p></main>";
    browser.open(&format!("data:text/html,{page}")).await;
    let violations = violations(&browser).await.unwrap();
    let rules: Vec<_> = violations
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["rule"])
        .collect();
    assert!(rules.iter().any(|rule| *rule == "label"), "{violations:#}");
    assert!(
        rules.iter().any(|rule| *rule == "color-contrast"),
        "{violations:#}"
    );
}
