//! A local model server: HTTP on loopback, canned answers, counted tokens.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A running server. It ends with the process.
#[derive(Debug)]
pub(crate) struct OfflineModel {
    address: SocketAddr,
    served: Arc<Served>,
}

/// The tokens of all responses.
#[derive(Debug, Default)]
struct Served {
    input_tokens: AtomicU64,
    output_tokens: AtomicU64,
    cached_tokens: AtomicU64,
    reasoning_tokens: AtomicU64,
}

impl OfflineModel {
    /// Starts the server on a free port.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let served = Arc::new(Served::default());
        let app = Router::new()
            .route("/v1/chat/completions", post(complete))
            .with_state(Arc::clone(&served));
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                eprintln!("support-desk: the offline model server ended: {error}");
            }
        });
        Ok(Self { address, served })
    }

    /// The value for `OPENAI_BASE_URL`.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The input, output, cached and reasoning tokens of all responses.
    pub(crate) fn tokens(&self) -> [u64; 4] {
        let served = &self.served;
        let counters = [
            &served.input_tokens,
            &served.output_tokens,
            &served.cached_tokens,
            &served.reasoning_tokens,
        ];
        counters.map(|counter| counter.load(Ordering::Relaxed))
    }
}

#[derive(Deserialize)]
struct Prompt {
    model: String,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

const ANSWERS: [&str; 4] = [
    "Please sign out and in again; if that does not help, write back to us.",
    "Your plan includes this. Open the settings, choose the workspace, and turn it on there.",
    "That amount covers the current month. It is charged once, on the first day.",
    "We have seen this before: a restart of the agent brings the export back.",
];

async fn complete(State(served): State<Arc<Served>>, Json(prompt): Json<Prompt>) -> Json<Value> {
    let length: usize = prompt.messages.iter().map(|m| m.content.len()).sum();
    // Responses take different times, as with a real model, so that requests overtake each other.
    tokio::time::sleep(Duration::from_millis(fastrand::u64(2..25))).await;
    let answer = ANSWERS[length % ANSWERS.len()];
    let (input, output) = (tokens(length), tokens(answer.len()));
    // The instructions are cached, and a part of the answer is reasoning.
    let (cached, reasoning) = (input / 2, output / 4);
    for (counter, count) in [
        (&served.input_tokens, input),
        (&served.output_tokens, output),
        (&served.cached_tokens, cached),
        (&served.reasoning_tokens, reasoning),
    ] {
        counter.fetch_add(count, Ordering::Relaxed);
    }
    Json(json!({
        "object": "chat.completion",
        "model": prompt.model,
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": answer },
            "finish_reason": "stop",
        }],
        "usage": {
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": input + output,
            "prompt_tokens_details": { "cached_tokens": cached },
            "completion_tokens_details": { "reasoning_tokens": reasoning },
        },
    }))
}

/// The approximate number of tokens of a text of that length.
fn tokens(length: usize) -> u64 {
    length.div_ceil(4) as u64
}
