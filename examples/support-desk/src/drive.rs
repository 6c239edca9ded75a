//! The visitors: many at once, each with a browser's worth of requests over HTTP.

use std::sync::Arc;

use indicatif::ProgressBar;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::accounts::{OPERATOR, customer_email};
use crate::error::Failure;
use crate::setup;
use crate::truth::{Ending, Known, Owner, Truth};

/// Each open request holds up to four files: both ends of two connections.
const AT_ONCE: usize = 100;

/// How many visitors there are, and how many questions each asks.
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

    /// The requests of everybody, and of the operator.
    pub(crate) fn total(self) -> u64 {
        let signed_in = self.visitors - self.anonymous();
        let of_visitors = self.anonymous() * (self.requests + 1) + signed_in * (self.requests + 3);
        (of_visitors + self.requests + 1) as u64
    }
}

/// Sends everybody to the desk at `base`, and gives back what they know of their requests.
pub(crate) async fn drive(base: &str, plan: Plan, bar: &ProgressBar) -> Result<Truth, Failure> {
    // One pool for all: a connection carries now this visitor, now that one.
    let http = setup::local().build()?;
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for number in 0..=plan.visitors {
        let visitor = Visitor {
            number,
            http: http.clone(),
            turns: Arc::clone(&turns),
            bar: bar.clone(),
            base: base.to_owned(),
            session: session(number),
            token: None,
            made: Vec::new(),
        };
        tasks.spawn(async move {
            match number {
                // The last one is the operator.
                _ if number == plan.visitors => visitor.operate(plan).await,
                _ if Plan::is_anonymous(number) => visitor.look_around(plan).await,
                _ => visitor.work(plan).await,
            }
        });
    }
    let mut truth = Truth::new();
    while let Some(made) = tasks.join_next().await {
        truth.extend(made??);
    }
    Ok(truth)
}

fn session(number: usize) -> String {
    format!("visit-{number:03}")
}

/// Questions, and how they end for somebody who is signed in.
const QUESTIONS: [(&str, Ending); 6] = [
    ("How do I reset my password?", Ending::Answered),
    ("Why is invoice 17 so high?", Ending::InvoiceExplained),
    ("My export has stopped since Monday.", Ending::Answered),
    ("Can I add a colleague to my workspace?", Ending::Answered),
    ("What is on invoice 302?", Ending::InvoiceExplained),
    ("Where is invoice 4711?", Ending::InvoiceMissing),
];

type Made = Vec<(String, Known)>;

struct Visitor {
    number: usize,
    http: Client,
    turns: Arc<Semaphore>,
    bar: ProgressBar,
    base: String,
    session: String,
    token: Option<String>,
    made: Made,
}

impl Visitor {
    /// Signs in, asks, signs out, and asks once more.
    async fn work(mut self, plan: Plan) -> Result<Made, Failure> {
        let user = self.sign_in(&customer_email(self.number)).await?;
        for turn in 0..plan.requests {
            self.ask(turn, Some(&user)).await?;
        }
        let (id, status, _) = self.send("/logout", json!({})).await?;
        expect(&id, status, &[StatusCode::OK])?;
        self.made.push((id, Known::logout(self.owner(Some(&user)))));
        // The token is worth nothing from now on, so this question is nobody's.
        self.ask(plan.requests, None).await?;
        Ok(self.made)
    }

    /// Tries an address that has no account, and asks anyway.
    async fn look_around(mut self, plan: Plan) -> Result<Made, Failure> {
        let body = json!({ "email": "nobody@nowhere.example" });
        let (id, status, _) = self.send("/login", body).await?;
        expect(&id, status, &[StatusCode::UNAUTHORIZED])?;
        self.made.push((id, Known::refused_login(self.owner(None))));
        for turn in 0..plan.requests {
            self.ask(turn, None).await?;
        }
        Ok(self.made)
    }

    /// Signs in as the operator, and looks into the cases of the visitors.
    async fn operate(mut self, plan: Plan) -> Result<Made, Failure> {
        let user = self.sign_in(OPERATOR).await?;
        for turn in 0..plan.requests {
            let case = session(turn % plan.visitors.max(1));
            let (id, status, _) = self
                .send("/operator/review", json!({ "case": case }))
                .await?;
            expect(&id, status, &[StatusCode::OK, StatusCode::BAD_GATEWAY])?;
            let known = Known::review(self.owner(Some(&user)), &case, status == StatusCode::OK);
            self.made.push((id, known));
        }
        Ok(self.made)
    }

    async fn sign_in(&mut self, email: &str) -> Result<String, Failure> {
        let (id, status, answer) = self.send("/login", json!({ "email": email })).await?;
        expect(&id, status, &[StatusCode::OK])?;
        self.token = answer["token"].as_str().map(str::to_owned);
        let user = format!("usr_{}", email.split('@').next().unwrap_or_default());
        self.made.push((id, Known::login(self.owner(Some(&user)))));
        Ok(user)
    }

    async fn ask(&mut self, turn: usize, user: Option<&str>) -> Result<(), Failure> {
        // Everybody has a mix of questions of their own, the same one in every run.
        let pick = self.number * 5 + turn * 7 + self.number * turn / 3;
        let (question, ending) = QUESTIONS[pick % QUESTIONS.len()];
        // Invoices are shown to their owners alone.
        let ending = user.map_or(Ending::Answered, |_| ending);
        let (id, status, _) = self.send("/chat", json!({ "message": question })).await?;
        let due = match ending {
            Ending::InvoiceMissing => StatusCode::NOT_FOUND,
            _ => StatusCode::OK,
        };
        expect(&id, status, &[due, StatusCode::BAD_GATEWAY])?;
        let ending = match status {
            StatusCode::BAD_GATEWAY => Ending::ModelFailed,
            _ => ending,
        };
        self.made.push((id, Known::chat(self.owner(user), ending)));
        Ok(())
    }

    fn owner(&self, user: Option<&str>) -> Owner {
        Owner::new(user, &self.session)
    }

    /// Makes one request, under an id of its own.
    async fn send(&self, path: &str, body: Value) -> Result<(String, StatusCode, Value), Failure> {
        let _turn = self.turns.acquire().await?;
        let id = format!("{}-{:03}", self.session, self.made.len());
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

fn expect(id: &str, status: StatusCode, due: &[StatusCode]) -> Result<(), Failure> {
    if due.contains(&status) {
        return Ok(());
    }
    Err(format!("request {id} was answered with {status}").into())
}
