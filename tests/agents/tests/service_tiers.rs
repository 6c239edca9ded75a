//! The spans of `rig` have no service tier. A hook of the agent records the usage with the tier instead.

use std::time::Duration;

use tokio::runtime::Builder;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;
use whose_agent_tests::{Desk, ModelServer, ask_rig_with_hook};
use whose_store::{GroupBy, Queries, Query, Reader, Store};

/// Two calls of the agent, and one of its tool between them. The tool records its call without a tier.
/// gpt-5-mini in the tier `priority`: input $0.45, cached input $0.045, output $3.60 a million tokens
/// (OpenAI, "Pricing").
const EXPECTED: i128 =
    // Answer 0: 976 tokens of input, 1,024 cached, 400 of output.
    976 * 450_000 + 1_024 * 45_000 + 400 * 3_600_000
    // Answer 1, in the standard tier: 986 tokens of input, 1,027 cached, 407 of output.
    + 986 * 250_000 + 1_027 * 25_000 + 407 * 2_000_000
    // Answer 2: 996 tokens of input, 1,030 cached, 414 of output.
    + 996 * 450_000 + 1_030 * 45_000 + 414 * 3_600_000;

#[test]
fn hook_of_agent_bills_the_tier_that_the_provider_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    let not_rig = filter_fn(|metadata| !metadata.target().starts_with("rig::"));
    tracing_subscriber::registry()
        .with(whose::layer().with_sink(store).with_filter(not_rig))
        .init();

    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = ModelServer::with_tier("priority").await;
        ask_rig_with_hook(&Desk::new(server.url()), "alice").await;
    });

    assert!(whose::flush(Duration::from_secs(60)).is_complete());
    let reader = Reader::open(&path).unwrap();
    let report = reader.cost(&GroupBy::User, &Query::all()).unwrap();
    let rows = report.rows.map(|row| {
        let row = row.unwrap();
        (
            row.key,
            row.usage.calls,
            row.usage.cost_usd.unwrap().as_picos(),
        )
    });
    let rows: Vec<_> = rows.collect();
    assert_eq!(rows, [(Some("alice".to_owned()), 3, EXPECTED)]);
}
