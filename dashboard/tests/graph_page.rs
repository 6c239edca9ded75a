//! The latencies of the graph of calls, over HTTP and in the shell.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::time::Duration;

use support::server::Server;
use support::{stdout, store_of};
use tracing::info_span;

#[test]
fn graph_has_percentiles_of_durations_in_each_form() {
    let folder = store_of(
        |layer| layer,
        || {
            let agent = |name, millis| {
                let span = info_span!(
                    "run",
                    gen_ai.operation.name = "invoke_agent",
                    gen_ai.agent.name = name
                );
                span.in_scope(|| std::thread::sleep(Duration::from_millis(millis)));
            };
            (0..9).for_each(|_| agent("planner", 1));
            agent("planner", 120);
        },
    );
    let server = Server::start(folder.path());
    let edge = &server.json("/graph.json")["edges"][0];
    let duration = |name: &str| edge[name].as_u64().unwrap();
    let [p50, p95, longest] = ["p50_duration", "p95_duration", "max_duration"].map(duration);
    assert!(p50 < p95 && p50 < duration("mean_duration"), "{edge}");
    assert!(p95.abs_diff(longest) * 1_000 <= longest * 8, "{edge}");
    let page = server.page("/graph");
    for title in ["p50", "p95"] {
        assert!(
            page.contains(&format!("<th class=\"number\" scope=\"col\">{title}</th>")),
            "{page}"
        );
    }
    let csv = server.page("/graph.csv");
    let (header, row) = csv.split_once('\n').unwrap();
    let at = header.split(',').position(|title| title == "p95").unwrap();
    assert_eq!(row.split(',').nth(at).unwrap(), p95.to_string(), "{csv}");
    let table = stdout(folder.path(), &["graph", "--wide"]);
    assert!(table.contains("p50") && table.contains("p95"), "{table}");
}
