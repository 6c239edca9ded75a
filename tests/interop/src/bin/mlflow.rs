//! Sends every kind of span to MLflow, and compares what MLflow shows with what was sent: the traces that
//! a search by user or by session finds, their tokens and cost, and the type of each span.
//!
//! The argument is the URL of MLflow.

use std::process::ExitCode;

use serde_json::{Value, json};
use whose_interop::http;
use whose_interop::sender::Way;
use whose_interop::tally::{Report, Tally};
use whose_interop::visit::{self, KINDS, NOBODY, Visit};

fn main() -> ExitCode {
    let Some(url) = std::env::args().nth(1) else {
        eprintln!("usage: interop-mlflow URL");
        return ExitCode::FAILURE;
    };
    let mut report = Report::default();
    for way in Way::BY_OTLP {
        let experiment = Experiment::create(&url, way.name());
        let header = format!("x-mlflow-experiment-id={}", experiment.id);
        way.send(
            way.name(),
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
                ("OTEL_EXPORTER_OTLP_HEADERS", &header),
                ("OTEL_LOGS_EXPORTER", "none"),
            ],
        );
        let name = way.name();
        report.add(
            &format!("mlflow, {name}: search by user"),
            &experiment.check_users(),
        );
        report.add(
            &format!("mlflow, {name}: search by session"),
            &experiment.check_sessions(),
        );
        report.add(&format!("mlflow, {name}: spans"), &experiment.check_spans());
    }
    report.exit_code()
}

/// The types of spans, as MLflow names the kinds.
fn types_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "agent" => &["AGENT"],
        "llm" => &["LLM", "CHAT_MODEL"],
        "tool" => &["TOOL"],
        "chain" => &["CHAIN"],
        "retriever" => &["RETRIEVER"],
        "embedding" => &["EMBEDDING"],
        _ => &[],
    }
}

struct Experiment<'a> {
    url: &'a str,
    run: &'a str,
    id: String,
}

impl<'a> Experiment<'a> {
    fn create(url: &'a str, name: &'a str) -> Self {
        let path = format!("{url}/api/2.0/mlflow/experiments/create");
        let answer = http::post(&path, &json!({ "name": name }));
        let id = answer["experiment_id"].as_str().unwrap_or_default();
        Self {
            url,
            run: name,
            id: id.to_owned(),
        }
    }

    /// A search by user finds the traces of this user, and of no other.
    fn check_users(&self) -> Tally {
        let visits = visit::visits(self.run);
        // The traces are all there once the search by nothing finds them.
        let traces = http::poll(|| self.search(None), |traces| traces.len() >= visits.len());
        let mut tally = Tally::default();
        tally.expect("traces", visits.len(), traces.len());
        for user in visit::users() {
            let of_user: Vec<_> = visits
                .iter()
                .filter(|visit| visit.user == Some(user))
                .collect();
            let found = self.search(Some(("mlflow.trace.user", user)));
            tally.expect(&format!("traces of {user}"), of_user.len(), found.len());
            for trace in &found {
                let session = metadata(trace, "mlflow.trace.session");
                let visit = of_user
                    .iter()
                    .find(|visit| Some(visit.session.as_str()) == session);
                let sent = visit.map(|visit| visit.session.as_str());
                tally.compare(
                    "session of a found trace",
                    sent.or(Some("of this user")),
                    session,
                );
            }
        }
        tally
    }

    /// A search by session finds its one trace, with the user, the tokens and the cost.
    fn check_sessions(&self) -> Tally {
        let mut tally = Tally::default();
        for visit in &visit::visits(self.run) {
            let found = self.search(Some(("mlflow.trace.session", &visit.session)));
            tally.expect(&format!("traces of {}", visit.session), 1, found.len());
            for trace in &found {
                self.check_trace(trace, visit, &mut tally);
            }
        }
        tally
    }

    fn check_trace(&self, trace: &Value, visit: &Visit, tally: &mut Tally) {
        let name = &visit.session;
        let user = metadata(trace, "mlflow.trace.user");
        tally.compare(&format!("user of {name}"), visit.user, user);
        let object = |key| -> Value {
            let text = metadata(trace, key).unwrap_or("null");
            serde_json::from_str(text).unwrap_or(Value::Null)
        };
        let usage = object("mlflow.trace.tokenUsage");
        let tokens = [&usage["input_tokens"], &usage["output_tokens"]].map(Value::as_u64);
        let sent = [visit.input_tokens, visit.output_tokens].map(Some);
        tally.compare(&format!("tokens of {name}"), Some(sent), Some(tokens));
        let cost = object("mlflow.trace.cost")["total_cost"].as_f64();
        tally.compare(
            &format!("cost of {name}"),
            Some(picos(visit.cost())),
            cost.map(picos),
        );
    }

    /// Every span has the type, the user and the session that it was made for.
    fn check_spans(&self) -> Tally {
        let mut tally = Tally::default();
        let mut count = 0;
        for trace in self.search(None) {
            let id = trace["trace_id"].as_str().unwrap_or_default();
            let url = format!("{}/api/3.0/mlflow/traces/get", self.url);
            let answer = http::get(&url, &[("trace_id", id)]);
            for span in answer["trace"]["spans"].as_array().into_iter().flatten() {
                count += 1;
                check_span(span, &mut tally);
            }
        }
        tally.expect("spans", visit::visits(self.run).len() * KINDS.len(), count);
        tally
    }

    /// The traces of the experiment with this value of this metadata.
    fn search(&self, filter: Option<(&str, &str)>) -> Vec<Value> {
        let place = json!({
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": { "experiment_id": self.id },
        });
        let mut query = json!({ "locations": [place], "max_results": 500 });
        if let Some((key, value)) = filter {
            query["filter"] = format!("metadata.`{key}` = \"{value}\"").into();
        }
        let answer = http::post(
            &format!("{}/api/3.0/mlflow/traces/search", self.url),
            &query,
        );
        answer["traces"].as_array().cloned().unwrap_or_default()
    }
}

fn check_span(span: &Value, tally: &mut Tally) {
    let name = span["name"].as_str().unwrap_or_default();
    let kind = text(span, "truth.kind").unwrap_or_default();
    let shown = text(span, "mlflow.spanType");
    let types = types_of(kind);
    let is_right = shown.filter(|shown| types.contains(shown));
    tally.compare(
        &format!("type of {name}"),
        is_right.or(types.first().copied()),
        shown,
    );
    let user = text(span, "truth.user").filter(|user| *user != NOBODY);
    tally.compare(&format!("user of {name}"), user, text(span, "user.id"));
    let session = text(span, "truth.session");
    tally.compare(
        &format!("session of {name}"),
        session,
        text(span, "session.id"),
    );
}

fn metadata<'a>(trace: &'a Value, key: &str) -> Option<&'a str> {
    trace["trace_metadata"][key].as_str()
}

/// The value of an attribute, as OTLP writes it in JSON.
fn text<'a>(span: &'a Value, name: &str) -> Option<&'a str> {
    let mut attributes = span["attributes"].as_array().into_iter().flatten();
    let attribute = attributes.find(|attribute| attribute["key"] == name)?;
    attribute["value"]["string_value"].as_str()
}

/// Dollars as whole picodollars, which compare without rounding errors.
fn picos(dollars: f64) -> i64 {
    (dollars * 1e12).round() as i64
}
