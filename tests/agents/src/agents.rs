//! The agents of an application, as the documentation of their libraries writes them.

use std::convert::Infallible;

use async_openai::config::OpenAIConfig;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessageArgs, CompletionUsage, CreateChatCompletionRequestArgs,
};
use futures_util::StreamExt;
use rig::agent::{AgentBuilder, AgentHook, HookContext, OutcomeAction, OutcomeEvent};
use rig::http_client::ReqwestClient;
use rig::prelude::*;
use rig::providers::anthropic::wire::AnthropicConfig;
use rig::providers::openai;
use rig::providers::openai::extension::OpenAiExt;
use serde_json::json;

use crate::server::CUSTOMER;

const OPENAI_MODEL: &str = "gpt-5-mini";
const ANTHROPIC_MODEL: &str = "claude-sonnet-4-5";
const TURNS: usize = 4;

/// The clients of an application.
#[derive(Clone)]
pub struct Desk {
    url: String,
    http: reqwest::Client,
}

impl Desk {
    /// Makes the clients of the model server at `url`.
    ///
    /// # Panics
    ///
    /// If the machine refuses a client.
    #[must_use]
    pub fn new(url: String) -> Self {
        // In a build with the example, `reqwest` has TLS and needs a provider even for plain HTTP.
        // Another test of this process may have installed the provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build();
        Self {
            url,
            http: http.expect("a client"),
        }
    }

    /// An agent of `rig` on OpenAI's chat completions.
    fn rig_agent(&self, customer: &str) -> Agent {
        let config = openai::OpenAIConfig::new("key").with_base_url(format!("{}/v1", self.url));
        let client = config.connect(ReqwestClient::from(self.http.clone()));
        AgentBuilder::new(client.chat(OPENAI_MODEL))
            .name("desk")
            .default_max_turns(TURNS)
            .tool(self.order_status(customer))
            .build()
    }

    fn order_status(&self, customer: &str) -> OrderStatus {
        OrderStatus {
            desk: self.clone(),
            customer: customer.to_owned(),
        }
    }
}

/// A tool that asks a model itself, by another library.
struct OrderStatus {
    desk: Desk,
    customer: String,
}

#[derive(serde::Deserialize)]
struct Order {
    order: u64,
}

impl Tool for OrderStatus {
    const NAME: &'static str = "order_status";
    type Error = Infallible;
    type Args = Order;
    type Output = String;

    fn description(&self) -> String {
        "Returns the status of an order".into()
    }

    fn parameters(&self) -> serde_json::Value {
        json!({
            "type": "object",
            "properties": { "order": { "type": "integer" } },
            "required": ["order"]
        })
    }

    async fn call(&self, _: &mut ToolContext, args: Order) -> Result<String, Infallible> {
        tracing::info!(order = args.order, customer = self.customer, "tool runs");
        Ok(ask_async_openai(&self.desk, &self.customer).await)
    }
}

fn prompt(customer: &str) -> String {
    format!("Where is order 7? {CUSTOMER}{customer}")
}

/// Asks the agent of `rig` on OpenAI's API. The span of the function is the agent's span: `rig` makes
/// one of its own only where no span is current.
///
/// # Panics
///
/// If the agent fails.
#[whose::trace(user_id = customer, kind = agent)]
pub async fn ask_rig(desk: &Desk, customer: &str) -> String {
    let answer = desk.rig_agent(customer).prompt(prompt(customer)).await;
    answer.expect("an answer").output().to_owned()
}

/// Asks the agent of `rig` on OpenAI's API for a stream. The caller has a scope and no span.
///
/// # Panics
///
/// If the agent fails.
pub async fn stream_rig(desk: &Desk, customer: &str) {
    let mut items = desk.rig_agent(customer).prompt(prompt(customer)).stream();
    while let Some(item) = items.next().await {
        item.expect("an item");
    }
}

/// Records the usage of every call, with the service tier that the spans of `rig` lack.
struct RecordUsage;

impl AgentHook for RecordUsage {
    async fn on_outcome(&self, _: &HookContext, event: OutcomeEvent<'_>) -> OutcomeAction {
        if let Some(response) = event.completion() {
            let extras = response.extras::<OpenAiExt>().and_then(Result::ok);
            let usage = response.usage;
            // Without a provider: the counts of `rig` include the cached tokens for each provider.
            whose::usage(OPENAI_MODEL)
                .service_tier(extras.and_then(|extras| extras.service_tier))
                .input_tokens(usage.input_tokens.unwrap_or(0))
                .cache_read_tokens(usage.cached_input_tokens.unwrap_or(0))
                .output_tokens(usage.output_tokens.unwrap_or(0))
                .reasoning_tokens(usage.reasoning_tokens.unwrap_or(0))
                .record();
        }
        OutcomeAction::proceed()
    }
}

/// Asks an agent of `rig` whose hook records the usage. The subscriber has to filter out the spans of
/// the targets `rig::agent_chat` and `rig::completions`, or each call counts twice.
///
/// # Panics
///
/// If the agent fails.
#[whose::trace(user_id = customer, kind = agent)]
pub async fn ask_rig_with_hook(desk: &Desk, customer: &str) {
    let run = desk.rig_agent(customer).prompt(prompt(customer));
    run.add_hook(RecordUsage).await.expect("an answer");
}

/// Asks an agent of `rig` on Anthropic's API.
///
/// # Panics
///
/// If the agent fails.
#[whose::with_user(id = customer)]
pub async fn ask_anthropic(desk: &Desk, customer: &str) -> String {
    let client = AnthropicConfig::new("key")
        .with_base_url(&desk.url)
        .connect(ReqwestClient::from(desk.http.clone()));
    let agent = AgentBuilder::new(client.completion(ANTHROPIC_MODEL))
        .default_max_turns(TURNS)
        .max_tokens(1_024)
        .tool(desk.order_status(customer))
        .build();
    let answer = agent.prompt(prompt(customer)).await;
    answer.expect("an answer").output().to_owned()
}

/// Asks by `async-openai`, which emits no span with a usage: the application records the usage of the
/// response, for the current user.
///
/// # Panics
///
/// If the call fails.
pub async fn ask_async_openai(desk: &Desk, customer: &str) -> String {
    let config = OpenAIConfig::new()
        .with_api_key("key")
        .with_api_base(format!("{}/v1", desk.url));
    let client = async_openai::Client::with_config(config).with_http_client(desk.http.clone());
    let message = ChatCompletionRequestUserMessageArgs::default()
        .content(prompt(customer))
        .build()
        .expect("a message");
    let request = CreateChatCompletionRequestArgs::default()
        .model(OPENAI_MODEL)
        .messages([message.into()])
        .build()
        .expect("a request");
    let response = client.chat().create(request).await.expect("an answer");
    if let Some(usage) = &response.usage {
        record(&response.model, usage);
    }
    let choice = response.choices.into_iter().next();
    choice
        .and_then(|choice| choice.message.content)
        .unwrap_or_default()
}

fn record(model: &str, usage: &CompletionUsage) {
    let cached = usage.prompt_tokens_details.as_ref();
    let cached = cached.and_then(|details| details.cached_tokens);
    let reasoning = usage.completion_tokens_details.as_ref();
    let reasoning = reasoning.and_then(|details| details.reasoning_tokens);
    whose::usage(model)
        .provider("openai")
        .input_tokens(usage.prompt_tokens.into())
        .cache_read_tokens(cached.unwrap_or(0).into())
        .output_tokens(usage.completion_tokens.into())
        .reasoning_tokens(reasoning.unwrap_or(0).into())
        .record();
}
