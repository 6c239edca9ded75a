//! The work that is attributed: visits of several users at once, with every kind of span.
//!
//! Each span carries the truth in fields of its own (`truth.user`, `truth.session`, `truth.kind`), which
//! come from an argument. The attribution comes from the scope alone.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tracing::Span;
use tracing::field::Empty;
use whose::{Kind, ScopeExt};

/// The kinds of spans of one visit, one span each.
pub const KINDS: [Kind; 6] = [
    Kind::Agent,
    Kind::Chain,
    Kind::Retriever,
    Kind::Embedding,
    Kind::Llm,
    Kind::Tool,
];

/// The model of every call. Both servers have its price: dollars for a million tokens of input, and of
/// output.
pub const MODEL: &str = "gpt-4o-mini";
/// See [`MODEL`].
pub const PRICES: (f64, f64) = (0.15, 0.60);

/// The value of `truth.user` for a visitor without an account.
pub const NOBODY: &str = "(nobody)";

/// Users, and nobody. Ids that a query could misread are among them.
const USERS: [Option<&str>; 9] = [
    Some("alice"),
    Some("bob"),
    Some("1001"),
    Some("o'brien"),
    Some("zoë-東"),
    Some("dan+desk@example.com"),
    Some("erin%41"),
    Some("0f8fad5b-d9cb-469f-a165-70867728950e"),
    None,
];
const SESSIONS_OF_A_USER: usize = 3;

/// When the user of a visit is known.
#[derive(Clone, Copy, Debug)]
enum Login {
    /// Before the first span.
    Early,
    /// Inside the first span, which has no user at its creation.
    Late,
}

/// How the tokens of a model call are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// In fields of the span of the call, as `rig` reports them.
    Fields,
    /// By `whose::usage` inside the span.
    Usage,
}

impl Calls {
    /// The word on the command line of the sender.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fields => "fields",
            Self::Usage => "usage",
        }
    }
}

/// One visit of one user: one session and one trace.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The user. `None` for a visitor without an account.
    pub user: Option<&'static str>,
    /// The session.
    pub session: String,
    /// Tokens of the one model call: other ones for each visit.
    pub input_tokens: u64,
    /// See [`Self::input_tokens`].
    pub output_tokens: u64,
    login: Login,
    calls: Calls,
}

impl Visit {
    /// The user, or [`NOBODY`].
    #[must_use]
    pub fn user_or_nobody(&self) -> &'static str {
        self.user.unwrap_or(NOBODY)
    }

    /// What the model call costs, in dollars.
    #[must_use]
    pub fn cost(&self) -> f64 {
        let (input, output) = PRICES;
        (self.input_tokens as f64 * input + self.output_tokens as f64 * output) / 1e6
    }
}

/// The visits that [`run`] makes: the same in each process. The sessions have the name of the run in
/// their ids, since a server may know a session id only once.
#[must_use]
pub fn visits(run: &str, calls: Calls) -> Vec<Visit> {
    let mut visits = Vec::new();
    for (of_user, user) in USERS.into_iter().enumerate() {
        for of_session in 0..SESSIONS_OF_A_USER {
            let number = (of_user * SESSIONS_OF_A_USER + of_session) as u64;
            visits.push(Visit {
                user,
                session: format!("{run}-{number}"),
                input_tokens: 1_000 + number,
                output_tokens: 200 + 10 * number,
                login: if of_session == 0 {
                    Login::Late
                } else {
                    Login::Early
                },
                calls,
            });
        }
    }
    visits
}

/// The users of the visits, each once.
#[must_use]
pub fn users() -> Vec<&'static str> {
    USERS.into_iter().flatten().collect()
}

/// Runs the visits, those of one runtime at once: every second one on a runtime with one thread, where
/// the tasks of different users follow each other, and the others on a runtime with several threads.
///
/// # Panics
///
/// If the system refuses a thread.
pub fn run(name: &str, calls: Calls) {
    let (first, second): (Vec<_>, Vec<_>) = visits(name, calls)
        .into_iter()
        .enumerate()
        .partition(|(number, _)| number % 2 == 0);
    for (mut runtime, visits) in [
        (Builder::new_current_thread(), first),
        (Builder::new_multi_thread(), second),
    ] {
        let runtime = runtime.enable_time().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
        runtime.block_on(all(visits.into_iter().map(|(_, visit)| visit)));
    }
}

async fn all(visits: impl Iterator<Item = Visit>) {
    let mut running = JoinSet::new();
    for visit in visits {
        let session = whose::Scope::isolated().session(&visit.session);
        let scope = match (visit.login, visit.user) {
            (Login::Early, Some(user)) => session.user(user),
            // Nobody, or a login inside the first span.
            _ => session,
        };
        running.spawn(async move { answer(&visit).await }.with_scope(scope));
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap_or_else(|error| panic!("a visit failed: {error}"));
    }
}

#[whose::trace(kind = agent, fields(truth.user = visit.user_or_nobody(), truth.session = visit.session, truth.kind = "agent"))]
async fn answer(visit: &Visit) {
    pause().await;
    if let Login::Late = visit.login {
        match visit.user {
            Some(user) => whose::set_user(user),
            None => whose::set_anonymous(),
        }
    }
    plan(visit).await;
}

#[whose::trace(kind = chain, fields(truth.user = visit.user_or_nobody(), truth.session = visit.session, truth.kind = "chain"))]
async fn plan(visit: &Visit) {
    retrieve(visit).await;
    match visit.calls {
        Calls::Fields => complete(visit).await,
        Calls::Usage => complete_and_report(visit).await,
    }
    // A task of its own, which carries the scope and the span.
    let of_task = visit.clone();
    let task = whose::task::spawn(async move { use_tool(&of_task).await });
    task.await.expect("the tool does not panic");
}

#[whose::trace(kind = retriever, fields(truth.user = visit.user_or_nobody(), truth.session = visit.session, truth.kind = "retriever"))]
async fn retrieve(visit: &Visit) {
    embed(visit).await;
}

#[whose::trace(kind = embedding, fields(truth.user = visit.user_or_nobody(), truth.session = visit.session, truth.kind = "embedding"))]
async fn embed(visit: &Visit) {
    pause().await;
}

#[whose::trace(kind = llm, fields(
    truth.user = visit.user_or_nobody(), truth.session = visit.session, truth.kind = "llm",
    gen_ai.provider.name = "openai", gen_ai.request.model = MODEL,
    gen_ai.usage.input_tokens = Empty, gen_ai.usage.output_tokens = Empty,
))]
async fn complete(visit: &Visit) {
    pause().await;
    let span = Span::current();
    span.record("gen_ai.usage.input_tokens", visit.input_tokens);
    span.record("gen_ai.usage.output_tokens", visit.output_tokens);
}

#[whose::trace(kind = llm, fields(
    truth.user = visit.user_or_nobody(), truth.session = visit.session, truth.kind = "llm",
))]
async fn complete_and_report(visit: &Visit) {
    pause().await;
    whose::usage(MODEL)
        .provider("openai")
        .input_tokens(visit.input_tokens)
        .output_tokens(visit.output_tokens)
        .record();
}

#[whose::trace(kind = tool, fields(truth.user = visit.user_or_nobody(), truth.session = visit.session, truth.kind = "tool"))]
async fn use_tool(visit: &Visit) {
    pause().await;
    whose::error(&OutOfStock(visit.session.clone())).capture();
}

/// The error of every visit. The text has the session of the visit.
#[derive(Debug)]
struct OutOfStock(String);

impl fmt::Display for OutOfStock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OUT_OF_STOCK}{}", self.0)
    }
}

impl Error for OutOfStock {}

/// How the text of the error of a visit begins, before the session.
pub const OUT_OF_STOCK: &str = "out of stock: ";

/// Lets every other visit run.
async fn pause() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(2)).await;
}
