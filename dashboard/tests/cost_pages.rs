//! The pages of costs and of the graph over HTTP, of a real server and a real file.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use serde_json::Value;
use support::server::Server;
use support::{HOSTILE, stdout, store_of, whose};
use tempfile::TempDir;
use tracing::info_span;
use whose_store::Usd;

/// Ids that a page must not take for HTML, SQL, a formula or a path.
const IDS: [&str; 6] = [
    "alice",
    "<script>alert(1)</script>",
    "'; drop table usages; --",
    "=cmd|' /c",
    "../..?a=b&c#d",
    HOSTILE,
];

/// Three calls of each user, one of a model without a price, and calls without a user.
fn calls() -> TempDir {
    store_of(
        |layer| layer,
        || {
            let call = |model: &str, provider: Option<&'static str>, tokens| {
                let usage = whose::usage(model).provider(provider);
                usage.input_tokens(tokens).output_tokens(7).record();
            };
            for (tokens, id) in (1_000_001..).zip(IDS) {
                whose::user(id).session(format!("of {id}")).in_scope(|| {
                    let agent = info_span!(
                        "run",
                        gen_ai.operation.name = "invoke_agent",
                        gen_ai.agent.name = id
                    );
                    agent.in_scope(|| call("gpt-4o", Some("openai"), tokens));
                    call("gpt-4o-mini", Some("openai"), tokens);
                    call("our-own-7b", None, tokens);
                });
            }
            call("gpt-4o", Some("azure"), 999);
            whose::anonymous().in_scope(|| call("gpt-4o", None, 333));
        },
    )
}

/// The exact amount of a number of JSON.
fn usd(value: &Value) -> Usd {
    let text = value
        .as_number()
        .map_or("0".to_owned(), |number| number.to_string());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    Usd::from_picos(format!("{whole}{decimals:0<12}").parse().unwrap())
}

fn sum(rows: &[Value], field: &str) -> u64 {
    rows.iter().map(|row| row[field].as_u64().unwrap()).sum()
}

fn array<'v>(data: &'v Value, field: &str) -> &'v Vec<Value> {
    data[field].as_array().unwrap()
}

/// The text of a page, without its tags. A hidden field of a form has the id as it is.
fn text_of(page: &str) -> String {
    let mut parts = page.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once('>').map_or("", |(_, text)| text)
    })
}

#[test]
fn rows_and_the_rest_equal_the_total_in_json_csv_and_page() {
    let folder = calls();
    let server = Server::start(folder.path());
    let expected = {
        let cost = stdout(folder.path(), &["cost", "--json"]);
        serde_json::from_str::<Value>(&cost).unwrap()["total"].clone()
    };
    for by in [
        "user", "session", "model", "provider", "agent", "tool", "day", "tag:no", "attr:no",
    ] {
        for limit in ["", "&limit=2"] {
            let query = format!("?by={by}{limit}");
            let data = server.json(&format!("/cost.json{query}"));
            assert_eq!(data["total"], expected, "{query}");
            let mut rows = array(&data, "rows").clone();
            rows.push(data["more"].clone());
            for field in ["calls", "input_tokens", "output_tokens", "unpriced_calls"] {
                assert_eq!(
                    sum(&rows, field),
                    expected[field].as_u64().unwrap(),
                    "{query} {field}"
                );
            }
            let costs: Usd = rows.iter().map(|row| usd(&row["cost_usd"])).sum();
            assert_eq!(costs, usd(&expected["cost_usd"]), "{query}");

            let csv = server.page(&format!("/cost.csv{query}"));
            let mut lines = csv::Reader::from_reader(csv.as_bytes());
            let column = lines
                .headers()
                .unwrap()
                .iter()
                .position(|it| it == "cost")
                .unwrap();
            let costs = lines.records().map(|row| {
                let cost = row.unwrap()[column].to_owned();
                serde_json::from_str(&cost).map_or(Usd::default(), |number| usd(&number))
            });
            assert_eq!(
                costs.sum::<Usd>(),
                usd(&expected["cost_usd"]),
                "{query}: {csv}"
            );
            assert!(server.page(&format!("/cost{query}")).contains("<tfoot>"));
        }
    }
    // The unpriced calls are of one model, the unattributed ones have their reasons.
    let data = server.json("/cost.json");
    let unpriced = array(&data, "unpriced");
    assert_eq!(
        (unpriced.len(), sum(unpriced, "calls")),
        (1, IDS.len() as u64)
    );
    assert_eq!(expected["unpriced_calls"], unpriced[0]["calls"]);
    let unattributed = array(&data, "unattributed");
    let nobody = array(&data, "rows")
        .iter()
        .find(|row| row["key"].is_null())
        .unwrap();
    assert_eq!(
        sum(unattributed, "calls"),
        nobody["calls"].as_u64().unwrap()
    );
    let cost: Usd = unattributed.iter().map(|row| usd(&row["cost_usd"])).sum();
    assert_eq!(cost, usd(&nobody["cost_usd"]));
}

#[test]
fn amounts_of_a_column_have_equal_decimals() {
    let folder = calls();
    let page = Server::start(folder.path()).page("/cost?by=user");
    let table = page.split("<h2").next().unwrap();
    let amounts = table.split("<td class=\"number\">$").skip(1);
    let decimals = amounts.map(|rest| {
        let amount = rest.split('<').next().unwrap();
        amount.split_once('.').unwrap().1.len()
    });
    let decimals: Vec<_> = decimals.collect();
    assert_eq!(decimals.len(), IDS.len() + 2, "{table}");
    assert!(decimals.iter().all(|it| *it == decimals[0]), "{decimals:?}");
}

#[test]
fn hostile_names_of_groups_are_text_and_their_links_lead_back() {
    let folder = calls();
    let server = Server::start(folder.path());
    for path in ["/cost", "/cost?by=session", "/cost?by=agent", "/graph"] {
        let page = server.page(path);
        assert!(
            page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
            "{path}"
        );
        assert!(!page.contains("<script>alert"), "{path}");
        assert!(!page.contains(['\u{202e}', '\u{1b}']), "{path}");
        let twin = path
            .replacen("/cost", "/cost.csv", 1)
            .replacen("/graph", "/graph.csv", 1);
        let csv = server.page(&twin);
        let is_formula = |cell: &str| cell.starts_with('=');
        assert!(
            csv.contains("=cmd|") && !csv.split([',', '\n']).any(is_formula),
            "{csv}"
        );
    }
    for id in IDS {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("user", id)
            .append_pair("by", "agent")
            .finish();
        let data = server.json(&format!("/cost.json?{query}"));
        assert_eq!(data["total"]["calls"], 3, "{id:?}");
        let agents = array(&data, "rows");
        assert!(agents.iter().any(|row| row["key"] == id), "{id:?}");
        let graph = server.json(&format!("/graph.json?{query}"));
        assert!(
            array(&graph, "nodes").iter().any(|node| node["name"] == id),
            "{id:?}"
        );
        let page = server.page(&format!("/cost?{query}"));
        assert!(!page.contains("<script>alert"), "{id:?}");
        assert!(!text_of(&page).contains('\u{202e}'), "{id:?}");
    }
}

#[test]
fn conditions_of_the_url_are_shown_and_can_be_removed() {
    let folder = calls();
    let server = Server::start(folder.path());
    let page = server.page("/cost?user=alice&model=gpt-4o&by=provider");
    assert!(
        page.contains("user: alice") && page.contains("model: gpt-4o"),
        "{page}"
    );
    assert!(
        page.contains(r#"href="/cost?model=gpt-4o&amp;by=provider""#),
        "{page}"
    );
    let nobody = server.json("/cost.json?without=user&by=provider");
    assert_eq!(nobody["total"]["calls"], 2);
    let none = server.page("/cost?model=no-such-model");
    assert!(none.contains("No model call matches the filters"), "{none}");
    for (path, status, text) in [
        ("/cost?by=weather", 400, "`by`"),
        ("/cost?without=weather", 400, "`without`"),
        ("/cost?bucket=week", 400, "`bucket`"),
        ("/cost?metric=money", 400, "`metric`"),
        ("/cost?limit=-1", 400, "`limit`"),
        ("/cost?month=November", 400, "`month`"),
        ("/cost?month=2026-11&invoice=free", 400, "`invoice`"),
        ("/cost?user=zoe", 404, "Not found"),
        ("/graph?user=zoe", 404, "Not found"),
        ("/graph?nodes=many", 400, "`nodes`"),
    ] {
        let answer = server.get(path);
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.body.contains(text), "{path}: {}", answer.body);
    }
}

#[test]
fn chart_and_its_table_have_the_numbers_of_the_groups() {
    let folder = calls();
    let server = Server::start(folder.path());
    let page = server.page("/cost?by=model&bucket=hour&metric=calls");
    assert!(page.contains(
        r#"data-chart="/cost.json?by=model&amp;bucket=hour&amp;metric=calls&amp;part=chart""#
    ));
    assert!(page.contains(r#"src="/assets/charts.js""#));
    let data = server.json("/cost.json?by=model&bucket=hour");
    let chart = server.json("/cost.json?by=model&bucket=hour&part=chart");
    assert_eq!(
        (&chart["over_time"], &chart["rows"]),
        (&data["over_time"], &Value::Null)
    );
    let series = array(&data["over_time"], "series");
    let rows = array(&data, "rows");
    assert_eq!(series.len(), rows.len());
    for (series, row) in series.iter().zip(rows) {
        assert_eq!(
            (&series["key"], &series["total"]["calls"]),
            (&row["key"], &row["calls"])
        );
        let points = array(series, "points");
        assert_eq!(sum(points, "calls"), row["calls"].as_u64().unwrap());
    }
    // The default is a few series and the sum of the others.
    let data = server.json("/cost.json?by=session");
    assert_eq!(array(&data["over_time"], "series").len(), IDS.len() + 1);
}

#[test]
fn movers_need_a_range_and_compare_it_with_the_one_before() {
    let folder = calls();
    let server = Server::start(folder.path());
    assert!(server.page("/cost").contains("Choose a time range"));
    assert_eq!(server.json("/cost.json")["changes"], Value::Null);
    let changes = &server.json("/cost.json?since=1h&by=model")["changes"];
    let rows = array(changes, "rows");
    assert_eq!(rows[0]["key"], "gpt-4o");
    assert_eq!(rows[0]["change_usd"], rows[0]["after"]["cost_usd"]);
    assert_eq!(rows[0]["before"]["calls"], 0);
    let page = server.page("/cost?since=1h&by=model");
    assert!(
        page.contains("Top movers") && page.contains("new"),
        "{page}"
    );
}

#[test]
fn month_is_compared_with_an_invoice_by_provider_and_model() {
    let folder = calls();
    let server = Server::start(folder.path());
    let day = &server.json("/cost.json?by=day")["rows"][0]["key"];
    let month = &day.as_str().unwrap()[..7];
    let data = server.json(&format!("/cost.json?month={month}&invoice=$1,000.25"));
    let invoice = &data["invoice"];
    assert_eq!(invoice["total"], data["total"]);
    let computed = usd(&invoice["total"]["cost_usd"]);
    assert_eq!(
        usd(&invoice["difference_usd"]) + computed,
        usd(&invoice["invoice_usd"])
    );
    let rows = array(invoice, "rows");
    let cost: Usd = rows.iter().map(|row| usd(&row["cost_usd"])).sum();
    assert_eq!((cost, sum(rows, "calls")), (computed, 20));
    let of = |provider: &str, model: &str| {
        let row = rows
            .iter()
            .find(|row| row["provider"] == provider && row["model"] == model);
        row.unwrap()["calls"].as_u64().unwrap()
    };
    assert_eq!((of("openai", "gpt-4o"), of("azure", "gpt-4o")), (6, 1));
    let page = server.page(&format!("/cost?month={month}&invoice=1000.25"));
    assert!(page.contains("Difference") && page.contains("6 calls of this month have no price"));
    let empty = server.json("/cost.json?month=2001-02&invoice=1");
    assert_eq!(empty["invoice"]["difference_usd"], 1.0);
}

#[test]
fn graph_page_lists_the_calls_of_the_picture() {
    let folder = calls();
    let server = Server::start(folder.path());
    let page = server.page("/graph");
    assert!(page.contains(r#"data-graph="/graph.json""#) && page.contains("cytoscape.js"));
    assert!(!server.page("/cost").contains("cytoscape"));
    let graph = server.json("/graph.json");
    let nodes = array(&graph, "nodes");
    // A service, the agents, and three models.
    assert_eq!(nodes.len(), 1 + IDS.len() + 3);
    let models = nodes.iter().filter(|node| node["kind"] == "model");
    let cost: Usd = models.map(|node| usd(&node["usage"]["cost_usd"])).sum();
    assert_eq!(cost, usd(&server.json("/cost.json")["total"]["cost_usd"]));
    let few = server.json("/graph.json?nodes=4");
    assert_eq!(array(&few, "nodes").len(), 4);
    assert_eq!(array(&few, "nodes")[3]["kind"], "other");
    assert_eq!(
        sum(array(&few, "edges"), "count"),
        sum(array(&graph, "edges"), "count")
    );
    assert!(server.page("/graph?nodes=4").contains("stands for 7 nodes"));
}

#[test]
fn costs_and_graph_of_one_user_are_logged_views() {
    let folder = calls();
    let server = Server::start(folder.path());
    let accesses = || stdout(folder.path(), &["accesses", "--user", "alice", "--wide"]);
    server.page("/cost");
    server.page("/graph");
    assert!(!accesses().contains("/cost"));
    server.page("/cost?user=alice");
    server.json("/graph.json?user=alice");
    stdout(
        folder.path(),
        &["cost", "--only", "user=alice", "--reason", "invoice 7"],
    );
    let accesses = accesses();
    assert!(
        accesses.contains("/cost") && accesses.contains("/graph"),
        "{accesses}"
    );
    assert!(accesses.contains("invoice 7"), "{accesses}");
}

#[test]
fn commands_print_costs_over_time_and_the_graph() {
    let folder = calls();
    let table = stdout(
        folder.path(),
        &[
            "cost", "--by", "model", "--over", "day", "--user", "alice", "--wide",
        ],
    );
    let day = &table.lines().nth(1).unwrap()[..10];
    assert!(
        day.chars().all(|c| c.is_ascii_digit() || c == '-'),
        "{table}"
    );
    assert!(
        table.contains("gpt-4o") && table.contains("at list prices for 2 calls"),
        "{table}"
    );
    let json = stdout(folder.path(), &["cost", "--over", "hour", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["bucket"], &json["total"]["calls"]),
        (&"hour".into(), &20.into())
    );
    let only = [
        "cost",
        "--only",
        "model=gpt-4o",
        "--without",
        "user",
        "--by",
        "provider",
    ];
    let table = stdout(folder.path(), &only);
    assert!(
        table.contains("azure") && table.contains("for 2 calls"),
        "{table}"
    );

    let table = stdout(folder.path(), &["graph", "--session", "of alice", "--wide"]);
    assert!(table.contains("agent alice  model gpt-4o"), "{table}");
    assert!(table.contains("4 calls between 5 nodes"), "{table}");
    let graph = stdout(folder.path(), &["graph", "--nodes", "4", "--json"]);
    let graph: Value = serde_json::from_str(&graph).unwrap();
    assert_eq!(array(&graph, "nodes").len(), 4);
    let error = whose(folder.path(), &["graph", "--user", "zoe"]);
    assert_eq!(error.status.code(), Some(1));
}
