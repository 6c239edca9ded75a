use proptest::prelude::*;

use super::Prices;

fn found(model: &str) -> Option<String> {
    Prices::builtin()
        .get(model)
        .map(|price| price.model.clone())
}

#[test]
fn builtin_price_has_vendor_day_and_source() {
    let prices = Prices::builtin();
    assert!(prices.iter().count() > 60);
    for price in prices.iter() {
        assert!(
            price.vendor.is_some() && price.source.is_some(),
            "{price:?}"
        );
        assert_eq!(price.as_of.as_ref().map(String::len), Some(10), "{price:?}");
        assert!(price.rate.input > 0, "{price:?}");
    }
}

#[test]
fn dated_variant_resolves_to_its_model() {
    for (variant, model) in [
        ("gpt-4o", "gpt-4o"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
        ("claude-3-5-sonnet-latest", "claude-3-5-sonnet"),
        ("claude-3-5-sonnet@20241022", "claude-3-5-sonnet"),
        ("claude-sonnet-4-20250514", "claude-sonnet-4"),
        ("gemini-1.5-pro-002", "gemini-1.5-pro"),
        ("openai/gpt-4o-mini", "gpt-4o-mini"),
        ("anthropic/claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
        ("GPT-4o", "gpt-4o"),
    ] {
        assert_eq!(found(variant).as_deref(), Some(model), "{variant}");
    }
}

#[test]
fn unknown_model_has_no_price() {
    for unknown in [
        "gpt-4o-foo",
        "gpt-4o-2024-13-06",
        "gpt-4o-2024-08-06-2024-08-06",
        "gpt-4o-",
        "gpt",
        "",
        "-latest",
        "mygpt-4o",
        "azure/gpt-4o",
        "openai/claude-3-5-sonnet",
        "openai/openai/gpt-4o",
        "claude-3-5",
    ] {
        assert_eq!(found(unknown), None, "{unknown}");
    }
}

#[test]
fn version_with_own_price_keeps_it() {
    let prices = Prices::builtin();
    let cost = |model| {
        prices
            .get(model)
            .map(|price| price.rate.cost(1_000_000, 0).to_string())
    };
    assert_eq!(cost("gpt-4o-2024-05-13").as_deref(), Some("$5.00"));
    assert_eq!(cost("gpt-4o-2024-08-06").as_deref(), Some("$2.50"));
}

#[test]
fn long_input_uses_long_rate() {
    let prices = Prices::builtin();
    let price = prices.get("gemini-2.5-pro").unwrap();
    assert_eq!(
        price.rate_for(200_000).cost(200_000, 10).to_string(),
        "$0.2501"
    );
    assert_eq!(
        price.rate_for(200_001).cost(200_001, 10).to_string(),
        "$0.5001525"
    );
}

#[test]
fn own_price_replaces_builtin_price() {
    let prices = Prices::builtin().with_price("gpt-4o", 1.0, 2.0).unwrap();
    assert_eq!(
        prices
            .get("gpt-4o-2024-08-06")
            .unwrap()
            .rate
            .cost(1, 1)
            .as_picos(),
        3_000_000
    );
    for bad in [-1.0, f64::NAN, f64::INFINITY, 2e6] {
        assert!(Prices::empty().with_price("m", bad, 0.0).is_err(), "{bad}");
    }
}

// `PROPTEST_CASES` sets the number of tables: see CONTRIBUTING.md.
proptest! {
    #[test]
    fn any_table_is_read_or_refused_with_its_line(
        rows in prop::collection::vec("(m[0-9]|[0-9.eE+-]{0,20}|inf|NaN|[, #\"]|.){0,8}", 0..6),
        columns in 0..3_usize,
    ) {
        let header = ["model,input,output", "output,model,as_of,input", "model,input"][columns];
        let table = format!("{header}\n{}", rows.join("\n"));
        match Prices::empty().with_csv(&table) {
            Ok(prices) => prop_assert!(prices.iter().count() <= table.lines().count()),
            Err(error) => prop_assert!(error.to_string().contains("line"), "{}", error),
        }
    }
}
