//! The visitors: many at once, each with several requests over HTTP.

use std::sync::Arc;

use indicatif::ProgressBar;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::accounts::{OPERATOR, customer_email};
use crate::error::BoxError;
use crate::expectations::{Expectations, ExpectedRequest, Outcome, Owner};
use crate::setup;

/// The most open requests. Each uses up to four files: both ends of two connections.
const MAX_IN_FLIGHT: usize = 100;

/// The number of visitors, and of the questions of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) visitors: usize,
    pub(crate) requests: usize,
}

impl Plan {
    /// One visitor in four never signs in.
    pub(crate) fn anonymous(self) -> usize {
        self.visitors / 4
    }

    fn is_anonymous(visitor: usize) -> bool {
        visitor % 4 == 3
    }

    /// The number of all requests, including the operator's.
    pub(crate) fn total(self) -> u64 {
        let signed_in = self.visitors - self.anonymous();
        let of_visitors = self.anonymous() * (self.requests + 1) + signed_in * (self.requests + 3);
        (of_visitors + self.requests + 1) as u64
    }
}

/// Sends all visitors to the desk at `base`, and returns the expected records of their requests.
pub(crate) async fn run(
    base: &str,
    plan: Plan,
    bar: &ProgressBar,
) -> Result<Expectations, BoxError> {
    // One pool for all: a connection serves different visitors in turn.
    let http = setup::loopback_client().build()?;
    let permits = Arc::new(Semaphore::new(MAX_IN_FLIGHT));
    let mut tasks = JoinSet::new();
    for number in 0..=plan.visitors {
        let visitor = Visitor {
            number,
            http: http.clone(),
            permits: Arc::clone(&permits),
            bar: bar.clone(),
            base: base.to_owned(),
            session: session(number),
            token: None,
            sent: Vec::new(),
        };
        tasks.spawn(async move {
            match number {
                // The last one is the operator.
                _ if number == plan.visitors => visitor.review_cases(plan).await,
                _ if Plan::is_anonymous(number) => visitor.visit_anonymously(plan).await,
                _ => visitor.visit_signed_in(plan).await,
            }
        });
    }
    let mut expectations = Expectations::new();
    while let Some(sent) = tasks.join_next().await {
        expectations.extend(sent??);
    }
    Ok(expectations)
}

fn session(number: usize) -> String {
    format!("visit-{number:03}")
}

/// The questions, with their outcomes for a signed-in visitor.
const QUESTIONS: [(&str, Outcome); 6] = [
    ("How do I reset my password?", Outcome::Answered),
    ("Why is invoice 17 so high?", Outcome::InvoiceExplained),
    ("My export has stopped since Monday.", Outcome::Answered),
    ("Can I add a colleague to my workspace?", Outcome::Answered),
    ("What is on invoice 302?", Outcome::InvoiceExplained),
    ("Where is invoice 4711?", Outcome::InvoiceMissing),
];

type SentRequests = Vec<(String, ExpectedRequest)>;

struct Visitor {
    number: usize,
    http: Client,
    permits: Arc<Semaphore>,
    bar: ProgressBar,
    base: String,
    session: String,
    token: Option<String>,
    sent: SentRequests,
}

impl Visitor {
    /// Signs in, asks, signs out, and asks once more.
    async fn visit_signed_in(mut self, plan: Plan) -> Result<SentRequests, BoxError> {
        let user = self.sign_in(&customer_email(self.number)).await?;
        for turn in 0..plan.requests {
            self.ask(turn, Some(&user)).await?;
        }
        let (id, status, _) = self.send("/logout", json!({})).await?;
        check_status(&id, status, &[StatusCode::OK])?;
        self.sent
            .push((id, ExpectedRequest::logout(self.owner(Some(&user)))));
        // The token is invalid now, so this question has no user.
        self.ask(plan.requests, None).await?;
        Ok(self.sent)
    }

    /// Fails to sign in with an unknown address, and asks anyway.
    async fn visit_anonymously(mut self, plan: Plan) -> Result<SentRequests, BoxError> {
        let body = json!({ "email": "nobody@nowhere.example" });
        let (id, status, _) = self.send("/login", body).await?;
        check_status(&id, status, &[StatusCode::UNAUTHORIZED])?;
        self.sent
            .push((id, ExpectedRequest::refused_login(self.owner(None))));
        for turn in 0..plan.requests {
            self.ask(turn, None).await?;
        }
        Ok(self.sent)
    }

    /// Signs in as the operator, and reviews the cases of the visitors.
    async fn review_cases(mut self, plan: Plan) -> Result<SentRequests, BoxError> {
        let user = self.sign_in(OPERATOR).await?;
        for turn in 0..plan.requests {
            let visitor = turn % plan.visitors.max(1);
            let customer =
                (!Plan::is_anonymous(visitor)).then(|| user_id(&customer_email(visitor)));
            let case = Owner::new(customer.as_deref(), &session(visitor));
            let body = json!({ "case": case.session, "customer": case.user });
            let (id, status, _) = self.send("/operator/review", body).await?;
            check_status(&id, status, &[StatusCode::OK, StatusCode::BAD_GATEWAY])?;
            let is_answered = status == StatusCode::OK;
            let request = ExpectedRequest::review(&user, &self.session, &case, is_answered);
            self.sent.push((id, request));
        }
        Ok(self.sent)
    }

    async fn sign_in(&mut self, email: &str) -> Result<String, BoxError> {
        let (id, status, answer) = self.send("/login", json!({ "email": email })).await?;
        check_status(&id, status, &[StatusCode::OK])?;
        self.token = answer["token"].as_str().map(str::to_owned);
        let user = user_id(email);
        self.sent
            .push((id, ExpectedRequest::login(self.owner(Some(&user)))));
        Ok(user)
    }

    async fn ask(&mut self, turn: usize, user: Option<&str>) -> Result<(), BoxError> {
        // Each visitor has another mix of questions, the same in every run.
        let pick = self.number * 5 + turn * 7 + self.number * turn / 3;
        let (question, outcome) = QUESTIONS[pick % QUESTIONS.len()];
        // Only their owners see invoices.
        let outcome = user.map_or(Outcome::Answered, |_| outcome);
        // A visit has several conversations, of two questions each.
        let thread = format!("{}-thread-{}", self.session, turn / 2);
        let body = json!({ "message": question, "thread": thread });
        let (id, status, _) = self.send("/chat", body).await?;
        let expected = match outcome {
            Outcome::InvoiceMissing => StatusCode::NOT_FOUND,
            _ => StatusCode::OK,
        };
        check_status(&id, status, &[expected, StatusCode::BAD_GATEWAY])?;
        let outcome = match status {
            StatusCode::BAD_GATEWAY => Outcome::ModelFailed,
            _ => outcome,
        };
        let request = ExpectedRequest::chat(&self.owner(user), &thread, outcome);
        self.sent.push((id, request));
        Ok(())
    }

    fn owner(&self, user: Option<&str>) -> Owner {
        Owner::new(user, &self.session)
    }

    /// Sends one request with its own id.
    async fn send(&self, path: &str, body: Value) -> Result<(String, StatusCode, Value), BoxError> {
        let _permit = self.permits.acquire().await?;
        let id = format!("{}-{:03}", self.session, self.sent.len());
        let response = self.request(path, &id).json(&body).send().await?;
        let status = response.status();
        let answer = response.json().await?;
        self.bar.inc(1);
        Ok((id, status, answer))
    }

    fn request(&self, path: &str, id: &str) -> RequestBuilder {
        let request = self.http.post(format!("{}{path}", self.base));
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request
            .header("x-request-id", id)
            .header("x-session-id", &self.session)
    }
}

/// The id of the user with this address.
fn user_id(email: &str) -> String {
    format!("usr_{}", email.split('@').next().unwrap_or_default())
}

fn check_status(id: &str, status: StatusCode, expected: &[StatusCode]) -> Result<(), BoxError> {
    if expected.contains(&status) {
        return Ok(());
    }
    Err(format!("request {id} was answered with {status}").into())
}
