use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use serde_json::Value as Json;
use whose::{Breadcrumb, Record, RecordSink, RecordType, ScopeId, Source};

use super::{answer, lock};
use crate::model::Answer;

/// Keeps the attribution of each record by its number, from the field `n` or the message of an
/// error.
#[derive(Debug, Default)]
pub struct AnswerSink(Mutex<State>);

/// The collected attributions.
#[derive(Debug)]
pub struct CollectedAnswers {
    /// The attribution of each record, by its number.
    pub records: BTreeMap<u64, Answer>,
    /// The identity that links give to the isolated scope of each record without a user.
    pub linked: BTreeMap<u64, Answer>,
}

#[derive(Debug, Default)]
struct State {
    records: BTreeMap<u64, Answer>,
    /// The records without a user, each with its isolated scope.
    gaps: Vec<(u64, ScopeId, SystemTime)>,
    /// The attribution of the last link of each isolated scope, and its time: the link covers
    /// records that began before.
    links: BTreeMap<ScopeId, (Answer, SystemTime)>,
}

impl AnswerSink {
    /// Takes the collected attributions.
    pub fn take(&self) -> CollectedAnswers {
        let state = std::mem::take(&mut *lock(&self.0));
        let linked = |(n, scope, start)| {
            let (link, before) = state.links.get(&scope)?;
            (start <= *before).then(|| (n, link.clone()))
        };
        CollectedAnswers {
            linked: state.gaps.into_iter().filter_map(linked).collect(),
            records: state.records,
        }
    }
}

impl RecordSink for AnswerSink {
    fn record(&self, record: &Arc<Record>) {
        let state = &mut *lock(&self.0);
        let n = match record.record_type() {
            RecordType::Link => {
                let link = (answer(record.attribution()), record.start());
                return state
                    .links
                    .extend(record.scope_id().map(|scope| (scope, link)));
            }
            RecordType::Error => record.message().and_then(number),
            _ => match record.score() {
                Some(score) => score.value.map(|number| number as u64),
                None => record.field("n").and_then(whose::Value::as_u64),
            },
        };
        let Some(n) = n else { return };
        // A breadcrumb that the program did not add has no number.
        let crumb = |crumb: &Breadcrumb| number(crumb.message()).unwrap_or(u64::MAX);
        let mut answer = Answer {
            breadcrumbs: record.breadcrumbs().map(crumb).collect(),
            ..answer(record.attribution())
        };
        add_sources(&mut answer, record);
        let scope = record.scope_id();
        state
            .gaps
            .extend(scope.map(|scope| (n, scope, record.start())));
        state.records.insert(n, answer);
    }
}

/// Adds the sources of the outer actors, which only the JSON of a record shows.
fn add_sources(answer: &mut Answer, record: &Record) {
    if answer.actors.actors.len() < 2 {
        return;
    }
    let json = serde_json::to_value(record).unwrap_or_default();
    let chain = json["whose.actor.chain"].as_array();
    let shown = chain.into_iter().flatten().map(|actor| &actor["source"]);
    for (actor, shown) in answer.actors.actors.iter_mut().zip(shown) {
        actor.source = source(shown);
    }
}

fn source(shown: &Json) -> Option<Source> {
    let sources = [
        Source::Global,
        Source::Remote,
        Source::Isolation,
        Source::Scope,
        Source::Explicit,
    ];
    sources.into_iter().find(|it| shown == it.as_str())
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}
