//! An HTTP server on the loopback interface that answers as OpenAI's and Anthropic's APIs do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::ledger::{Call, Ledger};

/// Stands before the name of the customer in every prompt.
pub(crate) const CUSTOMER: &str = "customer=";

#[derive(Clone)]
struct Shared {
    ledger: Ledger,
    answers: Arc<AtomicU64>,
    tier: &'static str,
}

/// The running server. It stops when the value is dropped.
pub struct ModelServer {
    address: SocketAddr,
    shared: Shared,
    task: JoinHandle<()>,
}

impl ModelServer {
    /// Starts the server on a free port. Its answers name the standard tier.
    ///
    /// # Panics
    ///
    /// If no port is free.
    pub async fn start() -> Self {
        Self::with_tier("default").await
    }

    /// Starts a server whose answers of OpenAI's API name a service tier.
    ///
    /// # Panics
    ///
    /// If no port is free.
    pub async fn with_tier(tier: &'static str) -> Self {
        let shared = Shared {
            ledger: Ledger::default(),
            answers: Arc::default(),
            tier,
        };
        let router = Router::new()
            .route("/v1/chat/completions", post(chat_completions))
            .route("/v1/messages", post(messages))
            .with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port");
        let task = tokio::spawn(async move {
            // The server ends with its task.
            let _ = axum::serve(listener, router).await;
        });
        Self {
            address,
            shared,
            task,
        }
    }

    /// The address of the server, as a base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the server answered.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.shared.ledger
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The customer that the messages of a request name.
fn customer(request: &Value) -> String {
    let messages = request["messages"].to_string();
    let (_, rest) = messages.split_once(CUSTOMER).expect("a customer");
    let name = rest.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    name.into_iter().next().unwrap_or_default().to_owned()
}

/// Returns `true` if the request offers a tool that has not answered yet.
fn wants_tool(request: &Value) -> bool {
    let offered = request["tools"]
        .as_array()
        .is_some_and(|tools| !tools.is_empty());
    let messages = request["messages"].to_string();
    offered && !messages.contains(r#""role":"tool""#) && !messages.contains("tool_result")
}

impl Shared {
    fn next(&self) -> u64 {
        self.answers.fetch_add(1, Ordering::Relaxed)
    }
}

async fn chat_completions(State(shared): State<Shared>, Json(request): Json<Value>) -> Response {
    let number = shared.next();
    let call = Call::open_ai(number);
    shared.ledger.add(&customer(&request), call);
    let (message, finish) = openai_message(number, &request);
    let answer = |object: &str, choices: Value, usage: Value| {
        json!({
            "id": format!("chatcmpl-{number}"),
            "object": object,
            "created": 1_764_000_000,
            "model": "gpt-5-mini-2025-08-07",
            "service_tier": shared.tier,
            "choices": choices,
            "usage": usage
        })
    };
    if request["stream"] != true {
        let choices = json!([{ "index": 0, "message": message, "finish_reason": finish }]);
        return Json(answer("chat.completion", choices, call.usage())).into_response();
    }
    // The usage is on a last chunk without a choice, as `stream_options.include_usage` asks for it.
    let said = json!([{ "index": 0, "delta": message, "finish_reason": null }]);
    let finished = json!([{ "index": 0, "delta": {}, "finish_reason": finish }]);
    let chunks = [
        (said, Value::Null),
        (finished, Value::Null),
        (json!([]), call.usage()),
    ];
    let chunks = chunks.map(|(choices, usage)| {
        let chunk = answer("chat.completion.chunk", choices, usage);
        format!("data: {chunk}\n\n")
    });
    let body = chunks.concat() + "data: [DONE]\n\n";
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

/// The message of an answer, and why it ends.
fn openai_message(number: u64, request: &Value) -> (Value, &'static str) {
    if !wants_tool(request) {
        return (json!({ "role": "assistant", "content": "Sent." }), "stop");
    }
    let call = json!({
        "index": 0,
        "id": format!("call_{number}"),
        "type": "function",
        "function": { "name": "order_status", "arguments": r#"{"order":7}"# }
    });
    let message = json!({ "role": "assistant", "content": null, "tool_calls": [call] });
    (message, "tool_calls")
}

async fn messages(State(shared): State<Shared>, Json(request): Json<Value>) -> Json<Value> {
    let number = shared.next();
    let call = Call::anthropic(number);
    shared.ledger.add(&customer(&request), call);
    let (content, stop_reason) = match wants_tool(&request) {
        true => {
            let tool_use = json!({
                "type": "tool_use",
                "id": format!("toolu_{number}"),
                "name": "order_status",
                "input": { "order": 7 }
            });
            (tool_use, "tool_use")
        }
        false => (json!({ "type": "text", "text": "Sent." }), "end_turn"),
    };
    Json(json!({
        "id": format!("msg_{number}"),
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": [content],
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "usage": call.usage()
    }))
}
