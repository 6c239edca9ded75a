//! Sends every kind of span to Phoenix, and compares what Phoenix shows with what was sent: by span, by
//! user, and in the list of sessions.
//!
//! The arguments are the URLs of Phoenix for HTTP and for gRPC.

use std::process::ExitCode;

use serde_json::{Value, json};
use whose_interop::http;
use whose_interop::sender::Way;
use whose_interop::tally::{Report, Tally};
use whose_interop::visit::{self, KINDS, NOBODY, Visit};

fn main() -> ExitCode {
    let urls: Vec<_> = std::env::args().skip(1).collect();
    let [http, grpc] = &urls[..] else {
        eprintln!("usage: interop-phoenix HTTP_URL GRPC_URL");
        return ExitCode::FAILURE;
    };
    let mut report = Report::default();
    for way in Way::BY_OTLP {
        check(
            way,
            way.name(),
            http,
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", http)],
            &mut report,
        );
    }
    let by_grpc = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", grpc.as_str()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ];
    check(Way::Otlp, "whose-otlp-grpc", http, &by_grpc, &mut report);
    report.exit_code()
}

fn check(way: Way, run: &str, http: &str, settings: &[(&str, &str)], report: &mut Report) {
    let resource = format!("openinference.project.name={run}");
    let mut environment = vec![
        ("OTEL_RESOURCE_ATTRIBUTES", resource.as_str()),
        ("OTEL_LOGS_EXPORTER", "none"),
    ];
    environment.extend(settings);
    way.send(run, &environment);
    let project = Project { http, run };
    report.add(&format!("phoenix, {run}: spans"), &project.check_spans());
    report.add(
        &format!("phoenix, {run}: search by user"),
        &project.check_search(),
    );
    report.add(
        &format!("phoenix, {run}: list of sessions"),
        &project.check_sessions(),
    );
}

/// The project of Phoenix with the spans of one run.
struct Project<'a> {
    http: &'a str,
    run: &'a str,
}

impl Project<'_> {
    /// Every span has the kind, the user and the session that it was made for.
    fn check_spans(&self) -> Tally {
        let sent = visit::visits(self.run).len() * KINDS.len();
        let spans = http::poll(|| self.spans(&[]), |spans| spans.len() >= sent);
        let mut tally = Tally::default();
        tally.expect("spans", sent, spans.len());
        for span in &spans {
            let name = span["name"].as_str().unwrap_or_default();
            let kind = text(span, "truth.kind").map(str::to_uppercase);
            tally.compare(
                &format!("kind of {name}"),
                kind.as_deref(),
                span["span_kind"].as_str(),
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
        tally
    }

    /// A search by user finds the spans of this user, and of no other.
    fn check_search(&self) -> Tally {
        let mut tally = Tally::default();
        // This version of Phoenix finds no text with other characters by its query.
        for user in visit::users().into_iter().filter(|user| user.is_ascii()) {
            let is_of_user = |visit: &&Visit| visit.user == Some(user);
            let sent = visit::visits(self.run).iter().filter(is_of_user).count() * KINDS.len();
            // In quotes: digits alone would be a number.
            let found = self.spans(&[("attribute", &format!("user.id:{}", json!(user)))]);
            tally.expect(&format!("spans of {user}"), sent, found.len());
            for span in &found {
                tally.compare("user of a found span", Some(user), text(span, "truth.user"));
            }
        }
        tally
    }

    /// The list of sessions has the user, the tokens and the cost of each session.
    fn check_sessions(&self) -> Tally {
        let visits = visit::visits(self.run);
        let is_complete = |sessions: &Vec<Value>| {
            let priced = |session: &&Value| session["costSummary"]["total"]["cost"].is_f64();
            sessions.iter().filter(priced).count() >= visits.len()
        };
        let sessions = http::poll(|| self.sessions(), is_complete);
        let mut tally = Tally::default();
        tally.expect("sessions", visits.len(), sessions.len());
        for visit in &visits {
            let is_of_visit = |session: &&Value| session["sessionId"] == visit.session;
            let Some(session) = sessions.iter().find(is_of_visit) else {
                continue;
            };
            let name = &visit.session;
            tally.compare(
                &format!("user of {name}"),
                visit.user,
                session["userId"].as_str(),
            );
            let usage = &session["tokenUsage"];
            let tokens = [&usage["prompt"], &usage["completion"]].map(|count| count.as_f64());
            let sent = [visit.input_tokens, visit.output_tokens].map(|count| Some(count as f64));
            tally.compare(&format!("tokens of {name}"), Some(sent), Some(tokens));
            let cost = session["costSummary"]["total"]["cost"].as_f64();
            tally.compare(
                &format!("cost of {name}"),
                Some(picos(visit.cost())),
                cost.map(picos),
            );
        }
        tally
    }

    /// All spans of the project that the query finds.
    fn spans(&self, query: &[(&str, &str)]) -> Vec<Value> {
        let url = format!("{}/v1/projects/{}/spans", self.http, self.run);
        let mut spans = Vec::new();
        let mut cursor = None::<String>;
        loop {
            let mut query = query.to_vec();
            query.push(("limit", "1000"));
            query.extend(cursor.iter().map(|cursor| ("cursor", cursor.as_str())));
            let page = http::get(&url, &query);
            spans.extend(page["data"].as_array().into_iter().flatten().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return spans,
            }
        }
    }

    fn sessions(&self) -> Vec<Value> {
        let query = "{ projects { edges { node { name sessions(first: 1000) { edges { node { \
            sessionId userId tokenUsage { prompt completion } costSummary { total { cost } } \
            } } } } } } }";
        let answer = http::post(
            &format!("{}/graphql", self.http),
            &json!({ "query": query }),
        );
        let projects = nodes(&answer["data"]["projects"]);
        let project = projects
            .into_iter()
            .find(|project| project["name"] == self.run);
        project.map_or_else(Vec::new, |project| nodes(&project["sessions"]))
    }
}

/// The nodes of a connection, as GraphQL lists them.
fn nodes(connection: &Value) -> Vec<Value> {
    let edges = connection["edges"].as_array().into_iter().flatten();
    edges.map(|edge| edge["node"].clone()).collect()
}

fn text<'a>(span: &'a Value, attribute: &str) -> Option<&'a str> {
    span["attributes"][attribute].as_str()
}

/// Dollars as whole picodollars, which compare without rounding errors.
fn picos(dollars: f64) -> i64 {
    (dollars * 1e12).round() as i64
}
