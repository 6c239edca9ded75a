//! Bills that were computed by hand from the prices of the vendors.
//!
//! Each bill names its source: an example of a vendor, or the report of a bug in another tool that
//! got the call wrong. The comment has the arithmetic, with prices in picodollars a token.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod anthropic;
mod bill;
mod google;
mod openai;
mod others;
mod unpriced;

use std::collections::HashSet;

use bill::Bill;
use whose_store::{Prices, input_excludes_cached};

fn bills() -> Vec<Bill> {
    [
        openai::bills(),
        openai::tier_bills(),
        anthropic::bills(),
        google::bills(),
        others::bills(),
        unpriced::bills(),
    ]
    .concat()
}

#[test]
fn every_bill_matches_to_the_picodollar() {
    let prices = Prices::builtin();
    let mut wrong = Vec::new();
    for bill in bills() {
        let tokens = match input_excludes_cached(bill.provider) {
            true => bill.tokens.with_cache_added(),
            false => bill.tokens,
        };
        let cost = prices.cost(bill.model, bill.tier, bill.day.parse().unwrap(), &tokens);
        if cost.map(whose_store::Usd::as_picos) != bill.expected {
            wrong.push(format!("{bill:?}\n  billed {cost:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn bills_are_many_and_of_every_vendor() {
    let bills = bills();
    assert!(bills.len() >= 40, "{}", bills.len());
    assert!(bills.iter().all(|bill| !bill.source.is_empty()));
    let providers: HashSet<_> = bills.iter().map(|bill| bill.provider).collect();
    for provider in [
        "openai",
        "anthropic",
        "aws.bedrock",
        "gcp.gemini",
        "deepseek",
        "x_ai",
        "mistral_ai",
    ] {
        assert!(providers.contains(provider), "{provider}");
    }
}
