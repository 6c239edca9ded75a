use proptest::prelude::*;

use whose::TokenCounts;

use super::{Day, PriceHistory, Prices, ServiceTier, UnpricedReason};

fn found(model: &str) -> Option<String> {
    let prices = Prices::builtin();
    prices.get(model).map(|history| history.model().to_owned())
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn input_cost(prices: &Prices, model: &str) -> Result<String, UnpricedReason> {
    let tokens = TokenCounts::new(1_000_000, 0);
    let cost = prices.cost(model, ServiceTier::Standard, day("2026-11-29"), &tokens);
    cost.map(|cost| cost.to_string())
}

#[test]
fn builtin_table_is_valid() {
    let table = Prices::empty().with_csv(include_str!("../../prices.csv"));
    assert_eq!(table.map(|_| ()), Ok(()));
}

#[test]
fn builtin_price_has_vendor_day_and_source() {
    let prices = Prices::builtin();
    assert!(prices.iter().count() > 300);
    for price in prices.iter() {
        assert!(
            price.vendor.is_some() && price.source.is_some(),
            "{price:?}"
        );
        let as_of = price.as_of.as_ref().map(|day| day.parse::<Day>());
        assert!(matches!(as_of, Some(Ok(_))), "{price:?}");
        assert!(price.rate.input > 0, "{price:?}");
        let vendor = |other: &super::Price| other.vendor == price.vendor;
        assert!(prices.get(&price.model).unwrap().iter().all(vendor));
    }
}

#[test]
fn builtin_price_of_cached_tokens_is_never_zero() {
    for price in Prices::builtin().iter() {
        let long = price.long_input.and_then(|long| long.rate);
        for rate in [Some(price.rate), long].into_iter().flatten() {
            let parts = [rate.cache_read, rate.cache_write, rate.cache_write_1h];
            assert!(parts.iter().flatten().all(|picos| *picos > 0), "{price:?}");
            assert!(rate.cache_read <= Some(rate.input), "{price:?}");
            assert!(rate.cache_write <= rate.cache_write_1h.or(rate.cache_write));
        }
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
        ("mistral-small-latest", "mistral-small-latest"),
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
    let cost = |model| input_cost(&prices, model).unwrap();
    assert_eq!(cost("gpt-4o-2024-05-13"), "$5.00");
    assert_eq!(cost("gpt-4o-2024-08-06"), "$2.50");
}

#[test]
fn own_price_replaces_every_builtin_price_of_the_model() {
    let prices = Prices::builtin().with_price("GPT-4o", 1.0, 2.0).unwrap();
    assert_eq!(input_cost(&prices, "gpt-4o-2024-08-06").unwrap(), "$1.00");
    let table = "model,input,output\ngpt-4o-mini,3,4\n";
    let prices = prices.with_csv(table).unwrap();
    assert_eq!(input_cost(&prices, "gpt-4o-mini").unwrap(), "$3.00");
    for model in ["gpt-4o", "gpt-4o-mini"] {
        let batch = prices.find(model, ServiceTier::Batch, day("2026-11-29"));
        assert_eq!(batch, Err(UnpricedReason::UnknownTier));
    }
    for bad in [-1.0, f64::NAN, f64::INFINITY, 2e6, 0.000_000_1] {
        assert!(Prices::empty().with_price("m", bad, 0.0).is_err(), "{bad}");
    }
}

#[test]
fn call_is_billed_at_the_price_of_its_day() {
    let table = "model,valid_from,valid_until,input,output
        a,2026-03-01,2026-04-01,3,0
        a,2026-02-01,,2,0
        a,2026-05-01,,5,0
        b,,2026-02-01,1,0";
    let prices = Prices::empty().with_csv(table).unwrap();
    let input = |model: &str, on| {
        let price = prices.find(model, ServiceTier::Standard, day(on));
        price.map(|price| price.rate.input / 1_000_000)
    };
    for (model, on, expected) in [
        ("a", "2026-01-31", Err(UnpricedReason::UnknownDay)),
        ("a", "2026-02-01", Ok(2)),
        ("a", "2026-02-28", Ok(2)),
        ("a", "2026-03-01", Ok(3)),
        ("a", "2026-03-31", Ok(3)),
        ("a", "2026-04-01", Err(UnpricedReason::UnknownDay)),
        ("a", "2026-05-01", Ok(5)),
        ("b", "2000-01-01", Ok(1)),
        ("b", "2026-02-01", Err(UnpricedReason::UnknownDay)),
        ("c", "2026-02-01", Err(UnpricedReason::UnknownModel)),
    ] {
        assert_eq!(input(model, on), expected, "{model} on {on}");
    }
    let history = prices.get("a").unwrap();
    let latest = |on| history.latest(day(on)).map(|price| price.rate.input);
    assert_eq!(latest("2026-01-31"), None);
    assert_eq!(latest("2026-04-15"), Some(3_000_000));
}

#[test]
fn price_given_twice_is_refused_with_its_line() {
    let table = "model,tier,input,output\na,batch,1,2\na,,1,2\nA,batch,3,4\n";
    let error = Prices::builtin().with_csv(table).unwrap_err().to_string();
    assert!(error.starts_with("line 4 of the price table: "), "{error}");
}

#[test]
fn token_counts_of_any_size_have_a_cost() {
    let most = TokenCounts::new(u64::MAX, u64::MAX)
        .cache_read(u64::MAX)
        .cache_write(u64::MAX)
        .cache_write_1h(u64::MAX)
        .reasoning(u64::MAX);
    let cost = Prices::builtin().cost("gpt-4o", ServiceTier::Standard, day("2026-11-29"), &most);
    assert!(cost.unwrap().as_picos() > 0);
}

// `PROPTEST_CASES` sets the number of tables: see CONTRIBUTING.md.
proptest! {
    #[test]
    fn any_table_is_read_or_refused_with_its_line(
        rows in prop::collection::vec(
            "(m[0-9]|[0-9.eE+-]{0,20}|20[0-9-]{8}|batch|inf|NaN|[, #\"]|.){0,8}", 0..6),
        columns in 0..4_usize,
    ) {
        let header = ["model,input,output", "output,model,as_of,input", "model,input",
            "model,tier,valid_from,valid_until,input,output,cache_read,long_over"][columns];
        let table = format!("{header}\n{}", rows.join("\n"));
        match Prices::empty().with_csv(&table) {
            Ok(prices) => prop_assert!(prices.iter().count() <= table.lines().count()),
            Err(error) => prop_assert!(error.to_string().contains("line"), "{}", error),
        }
    }

    #[test]
    fn no_token_is_billed_twice_or_below_zero(
        totals in (0..2_000_u64, 0..2_000_u64),
        input_parts in (0..1_000_u64, 0..1_000_u64, 0..1_000_u64, 0..1_000_u64),
        output_parts in (0..1_000_u64, 0..1_000_u64),
    ) {
        // Every price is one picodollar, so that the cost is the number of billed tokens.
        let row = "model,input,output,audio_input,audio_output\n\
            m,0.000001,0.000001,0.000001,0.000001";
        let prices = Prices::empty().with_csv(row).unwrap();
        let (read, write, hour, audio) = input_parts;
        let tokens = TokenCounts::new(totals.0, totals.1)
            .cache_read(read).cache_write(write).cache_write_1h(hour).audio_input(audio)
            .reasoning(output_parts.0).audio_output(output_parts.1);
        let billed = totals.0.max(read + write.max(hour) + audio)
            + totals.1.max(output_parts.0 + output_parts.1);
        let cost = prices.get("m").map(|history: &PriceHistory| {
            history.cost(ServiceTier::Standard, Day::today(), &tokens)
        });
        prop_assert_eq!(cost.unwrap().unwrap().as_picos(), i128::from(billed));
    }
}
