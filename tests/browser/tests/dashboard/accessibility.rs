//! axe-core in a page.

use serde_json::Value;

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

/// The violations that axe-core finds in the page: each rule with the first elements that break it.
pub(crate) async fn violations(browser: &Browser) -> Vec<String> {
    browser.driver.execute(AXE, Vec::new()).await.unwrap();
    let result = browser.driver.execute_async(RUN, Vec::new()).await.unwrap();
    let violations: Vec<Value> = result.convert().unwrap();
    violations.iter().map(|it| format!("{it:#}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn label_and_contrast_that_fail_are_found() {
    let browser = Browser::start().await;
    let page = "<html lang=en><title>t</title><main><h1>h</h1><input>\
                <p style='color:%23999;background:%23fff'>pale</p></main>";
    browser.open(&format!("data:text/html,{page}")).await;
    let violations = violations(&browser).await.join("\n");
    for rule in ["label", "color-contrast"] {
        let found = violations.contains(&format!("\"rule\": \"{rule}\""));
        assert!(found, "{rule}: {violations}");
    }
}
