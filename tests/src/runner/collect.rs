use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use whose::{Breadcrumb, Record, RecordSink, RecordType, ScopeId};

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
            _ => record.field("n").and_then(whose::Value::as_u64),
        };
        let Some(n) = n else { return };
        // A breadcrumb that the program did not add has no number.
        let crumb = |crumb: &Breadcrumb| number(crumb.message()).unwrap_or(u64::MAX);
        let answer = Answer {
            breadcrumbs: record.breadcrumbs().map(crumb).collect(),
            ..answer(record.attribution())
        };
        let scope = record.scope_id();
        state
            .gaps
            .extend(scope.map(|scope| (n, scope, record.start())));
        state.records.insert(n, answer);
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}
