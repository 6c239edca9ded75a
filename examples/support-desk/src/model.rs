//! A client for any model server with OpenAI's `/v1/chat/completions`.

use std::fmt;
use std::time::Duration;

use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use serde_json::json;

use crate::error::chain;

/// Calls one model on one server.
#[derive(Clone)]
pub(crate) struct ModelClient {
    http: Client,
    endpoint: String,
    key: Option<String>,
    model: String,
    provider: &'static str,
}

impl ModelClient {
    /// A client of the server at `base`, such as `https://api.openai.com/v1`.
    pub(crate) fn new(
        http: Client,
        base: &Url,
        key: Option<String>,
        model: String,
        provider: &'static str,
    ) -> Self {
        let endpoint = format!("{}/chat/completions", base.as_str().trim_end_matches('/'));
        Self {
            http,
            endpoint,
            key,
            model,
            provider,
        }
    }

    /// Calls the model and records its usage. The scope attributes the usage.
    #[whose::trace(kind = llm, fields(request.id = request), err)]
    pub(crate) async fn complete(
        &self,
        request: &str,
        system: &str,
        prompt: &str,
    ) -> Result<String, ModelError> {
        let completion = self.ask(system, prompt).await.inspect_err(|error| {
            tracing::warn!(request.id = request, %error, "the model failed");
        })?;
        let usage = completion.usage.ok_or(ModelError::MissingField("usage"))?;
        whose::usage(&self.model)
            .provider(self.provider)
            .response_model(completion.model)
            .input_tokens(usage.prompt_tokens)
            .cache_read_tokens(usage.prompt_tokens_details.cached_tokens)
            .output_tokens(usage.completion_tokens)
            .reasoning_tokens(usage.completion_tokens_details.reasoning_tokens)
            .record();
        let choice = completion.choices.into_iter().next();
        let choice = choice.ok_or(ModelError::MissingField("choices"))?;
        Ok(choice.message.content.unwrap_or_default())
    }

    async fn ask(&self, system: &str, prompt: &str) -> Result<Completion, ModelError> {
        let mut post = self.http.post(&self.endpoint).json(&json!({
            "model": self.model,
            "messages": [
                { "role": "system", "content": system },
                { "role": "user", "content": prompt },
            ],
        }));
        if let Some(key) = &self.key {
            post = post.bearer_auth(key);
        }
        let response = post.timeout(Duration::from_secs(60)).send().await?;
        if response.status().is_success() {
            return Ok(response.json().await?);
        }
        Err(ModelError::Refused(response.status()))
    }
}

#[derive(Deserialize)]
struct Completion {
    model: Option<String>,
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
    #[serde(default)]
    prompt_tokens_details: InputDetails,
    #[serde(default)]
    completion_tokens_details: OutputDetails,
}

#[derive(Default, Deserialize)]
struct InputDetails {
    #[serde(default)]
    cached_tokens: u64,
}

#[derive(Default, Deserialize)]
struct OutputDetails {
    #[serde(default)]
    reasoning_tokens: u64,
}

/// Why a model call failed.
#[derive(Debug)]
pub(crate) enum ModelError {
    /// A transport error with its causes.
    Http(String),
    Refused(StatusCode),
    /// The response has no such field.
    MissingField(&'static str),
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(what) => write!(f, "the request to the model server failed: {what}"),
            Self::Refused(status) => write!(f, "the model server answered {status}"),
            Self::MissingField(part) => {
                write!(f, "the response of the model server has no `{part}`")
            }
        }
    }
}

impl std::error::Error for ModelError {}

impl From<reqwest::Error> for ModelError {
    fn from(error: reqwest::Error) -> Self {
        // A URL may contain credentials, and errors are recorded.
        Self::Http(chain(&error.without_url()))
    }
}
