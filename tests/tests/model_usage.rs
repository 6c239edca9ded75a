//! The usage of a model call is read from every convention, with the parts inside the totals.

use whose::testing::Recorder;
use whose::{ModelUsage, TokenCounts};

/// The usage of the only event, or the only span.
fn usage_of(emit: impl FnOnce()) -> Option<(String, TokenCounts)> {
    let rec = Recorder::start();
    emit();
    let records = rec.events().into_iter().chain(rec.spans());
    let records: Vec<_> = records.collect();
    let usage = records[0].model_usage();
    usage.map(|usage: ModelUsage<'_>| (usage.model.to_owned(), usage.tokens))
}

fn expected(model: &str, tokens: TokenCounts) -> Option<(String, TokenCounts)> {
    Some((model.to_owned(), tokens))
}

#[test]
fn cached_tokens_of_an_api_that_reports_them_apart_are_added_once() {
    let report = |provider: &'static str| {
        usage_of(move || {
            whose::usage("m")
                .provider(provider)
                .input_tokens(10)
                .cache_read_tokens(100)
                .cache_write_tokens(30)
                .cache_write_1h_tokens(20)
                .output_tokens(7)
                .reasoning_tokens(5)
                .record();
        })
    };
    let tokens = |input| {
        TokenCounts::new(input, 7)
            .cache_read(100)
            .cache_write(30)
            .cache_write_1h(20)
            .reasoning(5)
    };
    assert_eq!(report("anthropic"), expected("m", tokens(140)));
    assert_eq!(report("aws.bedrock"), expected("m", tokens(140)));
    // An input below its cached part cannot include the part, whatever the provider.
    assert_eq!(report("openai"), expected("m", tokens(140)));
}

#[test]
fn total_that_includes_its_parts_stays() {
    let usage = usage_of(|| {
        let usage = whose::usage("m").provider("openai").input_tokens(1_000);
        let usage = usage.cache_read_tokens(900).output_tokens(50);
        usage.reasoning_tokens(50).service_tier("flex").record();
    });
    let tokens = TokenCounts::new(1_000, 50).cache_read(900).reasoning(50);
    assert_eq!(usage, expected("m", tokens));
}

#[test]
fn older_names_are_read() {
    let usage = usage_of(|| {
        tracing::info!(
            gen_ai.system = "openai",
            gen_ai.request.model = "m",
            gen_ai.usage.prompt_tokens = 100,
            gen_ai.usage.completion_tokens = 20,
            gen_ai.usage.cache_creation.input_tokens = 10,
            gen_ai.usage.cache_read_input_tokens = 50,
            gen_ai.usage.reasoning_tokens = 5,
        );
    });
    let tokens = TokenCounts::new(100, 20).cache_read(50).cache_write(10);
    assert_eq!(usage, expected("m", tokens.reasoning(5)));
}

#[test]
fn cached_tokens_of_older_rig_are_read() {
    let usage = usage_of(|| {
        tracing::info!(
            gen_ai.request.model = "m",
            gen_ai.usage.input_tokens = 100,
            gen_ai.usage.output_tokens = 20,
            gen_ai.usage.cached_tokens = 50,
        );
    });
    assert_eq!(
        usage,
        expected("m", TokenCounts::new(100, 20).cache_read(50))
    );
}

#[test]
fn names_of_openinference_are_read() {
    let usage = usage_of(|| {
        tracing::info!(
            openinference.span.kind = "LLM",
            llm.model_name = "m",
            llm.token_count.prompt = 100,
            llm.token_count.completion = 20,
            llm.token_count.prompt_details.cache_read = 50,
            llm.token_count.prompt_details.cache_write = 10,
            llm.token_count.prompt_details.audio = 8,
            llm.token_count.completion_details.reasoning = 5,
        );
    });
    let tokens = TokenCounts::new(100, 20).cache_read(50).cache_write(10);
    assert_eq!(usage, expected("m", tokens.audio_input(8).reasoning(5)));
}

#[test]
fn usage_details_of_langfuse_are_read() {
    let usage = usage_of(|| {
        tracing::info!(
            langfuse.observation.type = "generation",
            langfuse.observation.model.name = "m",
            langfuse.observation.usage_details =
                r#"{"input":10,"output":15,"input_cached_tokens":90,"output_reasoning_tokens":5}"#,
        );
    });
    let tokens = TokenCounts::new(100, 20).cache_read(90).reasoning(5);
    assert_eq!(usage, expected("m", tokens));
}

#[test]
fn aggregate_has_no_usage_in_any_convention() {
    for aggregate in ["AGENT", "chain", "Tool"] {
        let usage = usage_of(|| {
            tracing::info!(
                openinference.span.kind = aggregate,
                llm.model_name = "m",
                llm.token_count.prompt = 100,
            );
        });
        assert_eq!(usage, None, "{aggregate}");
    }
    for operation in ["invoke_agent", "invoke_workflow", "execute_tool"] {
        let usage = usage_of(|| {
            tracing::info!(
                gen_ai.operation.name = operation,
                gen_ai.request.model = "m",
                gen_ai.usage.input_tokens = 100,
            );
        });
        assert_eq!(usage, None, "{operation}");
    }
}

#[test]
fn call_without_counts_or_model_has_no_usage() {
    assert_eq!(
        usage_of(|| whose::usage("m").cache_read_tokens(5).record()),
        None
    );
    assert_eq!(
        usage_of(|| tracing::info!(gen_ai.usage.input_tokens = 5)),
        None
    );
}
