//! Random conditions, and a filter over rows that states what they mean.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value};
use whose_store::{Comparison, RecordRow, SearchCondition, SearchField, ValueTest};

use crate::workload::WORDS;

/// A condition, as the test reads it.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    subject: Subject,
    is_negated: bool,
}

#[derive(Clone, Debug)]
enum Subject {
    Words(Vec<&'static str>),
    Phrase([&'static str; 2]),
    Prefix(&'static str),
    Value(SearchField, ValueTest),
}

impl Condition {
    pub(crate) fn typed(&self) -> SearchCondition {
        let condition = match &self.subject {
            Subject::Words(words) => SearchCondition::words(words.join(" ")),
            Subject::Phrase([first, second]) => {
                SearchCondition::words(format!("\"{first} {second}\""))
            }
            Subject::Prefix(start) => SearchCondition::words(format!("{start}*")),
            Subject::Value(field, test) => SearchCondition::field(field.clone(), test.clone()),
        };
        match self.is_negated {
            true => condition.negated(),
            false => condition,
        }
    }

    /// Whether a row fulfils the condition.
    pub(crate) fn holds(&self, row: &RecordRow, users: &Attributes) -> bool {
        let holds = match &self.subject {
            Subject::Words(words) => words.iter().all(|word| has_phrase(row, &[word], false)),
            Subject::Phrase(words) => has_phrase(row, words, false),
            Subject::Prefix(start) => has_phrase(row, &[start], true),
            Subject::Value(field, test) => value_holds(field, test, row, users),
        };
        holds != self.is_negated
    }
}

/// The attributes of each user, with the details.
pub(crate) type Attributes = BTreeMap<String, Map<String, Value>>;

pub(crate) fn conditions() -> impl Strategy<Value = Vec<Condition>> {
    let word = prop::sample::select(&WORDS[..]);
    let words = prop_oneof![
        prop::collection::vec(word.clone(), 1..3).prop_map(Subject::Words),
        [word.clone(), word].prop_map(Subject::Phrase),
        prop::sample::select(&["ref", "pa", "ca", "step"][..]).prop_map(Subject::Prefix),
    ];
    let value = (field(), test()).prop_map(|(field, test)| Subject::Value(field, test));
    let subject = prop_oneof![1 => words, 3 => value];
    let condition =
        (subject, prop::bool::weighted(0.3)).prop_map(|(subject, is_negated)| Condition {
            subject,
            is_negated,
        });
    prop::collection::vec(condition, 0..4)
}

fn field() -> impl Strategy<Value = SearchField> {
    let of_key = |key: &str| key.to_owned();
    prop::sample::select(vec![
        SearchField::User,
        SearchField::Session,
        SearchField::Conversation,
        SearchField::Actor,
        SearchField::Kind,
        SearchField::Type,
        SearchField::Level,
        SearchField::Name,
        SearchField::Target,
        SearchField::Model,
        SearchField::Provider,
        SearchField::Agent,
        SearchField::Tool,
        SearchField::Service,
        SearchField::Source,
        SearchField::Reason,
        SearchField::Failed,
        SearchField::Fingerprint,
        SearchField::Trace,
        SearchField::Tag(of_key("plan")),
        SearchField::Field(of_key("amount")),
        SearchField::Field(of_key("city")),
        SearchField::UserAttribute(of_key("seats")),
        SearchField::UserAttribute(of_key("tier")),
        SearchField::UserAttribute(of_key("email")),
        SearchField::Duration,
        SearchField::Cost,
        SearchField::Tokens,
    ])
}

/// Texts of any field, so that a condition often looks for a value of another field.
const TEXTS: [&str; 31] = [
    "alice",
    "bob",
    "bo\"b*",
    "s-1",
    "s-10",
    "thread-7",
    "operator-2",
    "agent",
    "AGENT",
    "span",
    "Event",
    "error",
    "warn",
    "INFO",
    "plan",
    "planned_work",
    "search_conditions::workload",
    "gpt-4o",
    "openai",
    "planner",
    "desk",
    "scope",
    "Isolation",
    "late",
    "no_scope",
    "true",
    "pro",
    "12",
    "Paris",
    "gold",
    "alice@example.com",
];

fn test() -> impl Strategy<Value = ValueTest> {
    let text = prop::sample::select(&TEXTS[..]);
    let start =
        (text.clone(), 1..4_usize).prop_map(|(text, length)| text.chars().take(length).collect());
    let number = prop::sample::select(vec![0.0, 7.0, 10.0, 12.0, 500.0, 1e-4, 1e5]);
    prop_oneof![
        4 => text.prop_map(|text| ValueTest::Is(text.to_owned())),
        1 => start.prop_map(ValueTest::StartsWith),
        1 => Just(ValueTest::Present),
        2 => (prop::sample::select(&Comparison::ALL[..]), number)
            .prop_map(|(comparison, number)| ValueTest::Number(comparison, number)),
    ]
}

/// The words of a text, as the tokenizer separates those of this test.
fn tokens(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

fn has_phrase(row: &RecordRow, words: &[&str], is_prefix: bool) -> bool {
    let fields = row.fields.values().filter_map(Value::as_str);
    let texts = [
        Some(&*row.name),
        row.message.as_deref(),
        row.error_type.as_deref(),
    ];
    let texts = texts.into_iter().flatten().chain(fields);
    let mut texts = texts.chain(row.causes.iter().map(String::as_str));
    let is_word = |(token, word): (&String, &&str)| match is_prefix {
        true => token.starts_with(&word.to_lowercase()),
        false => *token == word.to_lowercase(),
    };
    texts.any(|text| {
        let tokens = tokens(text);
        let mut windows = tokens.windows(words.len());
        windows.any(|window| window.iter().zip(words).all(is_word))
    })
}

fn value_holds(field: &SearchField, test: &ValueTest, row: &RecordRow, users: &Attributes) -> bool {
    let one = |text: &Option<String>| text.clone().into_iter().collect::<Vec<_>>();
    let some = |text: &String| vec![text.clone()];
    let attribute = |key: &str| users.get(row.user.as_ref()?)?.get(key);
    let tag = |key: &str| row.tags.get(key).map(|tag| Value::from(&**tag));
    match field {
        SearchField::User => text_holds(test, &one(&row.user), false),
        SearchField::Session => text_holds(test, &one(&row.session), false),
        SearchField::Conversation => text_holds(test, &one(&row.conversation), false),
        SearchField::Actor => {
            let ids = row
                .actors
                .iter()
                .map(|actor| actor["id"].as_str().unwrap().to_owned());
            text_holds(test, &ids.collect::<Vec<_>>(), false)
        }
        SearchField::Kind => text_holds(test, &one(&row.kind), true),
        SearchField::Type => text_holds(test, &some(&row.record_type), true),
        SearchField::Level => text_holds(test, &some(&row.level), true),
        SearchField::Name => text_holds(test, &some(&row.name), false),
        SearchField::Target => text_holds(test, &some(&row.target), false),
        SearchField::Model => text_holds(test, &one(&row.model), false),
        SearchField::Provider => text_holds(test, &one(&row.provider), false),
        SearchField::Agent => text_holds(test, &one(&row.agent), false),
        SearchField::Tool => text_holds(test, &one(&row.tool), false),
        SearchField::Source => text_holds(test, &one(&row.user_source), true),
        SearchField::Reason => text_holds(test, &one(&row.unattributed), true),
        SearchField::Failed => text_holds(test, &[row.failed.to_string()], true),
        SearchField::Fingerprint => text_holds(test, &one(&row.fingerprint), true),
        SearchField::Trace => text_holds(test, &one(&row.trace_id), true),
        SearchField::Service => text_holds(test, &one(&row.service.get("name").cloned()), false),
        SearchField::Tag(key) => json_holds(test, tag(key).as_ref()),
        SearchField::Field(key) => json_holds(test, row.fields.get(key)),
        SearchField::UserAttribute(key) => json_holds(test, attribute(key)),
        SearchField::Duration => number_holds(test, row.duration_ns.map(|nanos| nanos as f64)),
        SearchField::Cost => number_holds(test, row.cost_usd.map(whose_store::Usd::as_f64)),
        SearchField::Tokens => {
            let tokens = row
                .input_tokens
                .map(|input| input + row.output_tokens.unwrap());
            number_holds(test, tokens.map(|tokens| tokens as f64))
        }
        other => panic!("no rule for {other:?}"),
    }
}

fn text_holds(test: &ValueTest, texts: &[String], in_any_case: bool) -> bool {
    let fold = |text: &str| match in_any_case {
        true => text.to_ascii_lowercase(),
        false => text.to_owned(),
    };
    texts.iter().any(|text| match test {
        ValueTest::Is(wanted) => fold(text) == fold(wanted),
        ValueTest::StartsWith(start) => fold(text).starts_with(&fold(start)),
        ValueTest::Present => true,
        _ => false,
    })
}

fn number_holds(test: &ValueTest, number: Option<f64>) -> bool {
    let Some(left) = number else { return false };
    match test {
        ValueTest::Present => true,
        ValueTest::Number(Comparison::Greater, right) => left > *right,
        ValueTest::Number(Comparison::AtLeast, right) => left >= *right,
        ValueTest::Number(Comparison::Less, right) => left < *right,
        ValueTest::Number(Comparison::AtMost, right) => left <= *right,
        ValueTest::Number(Comparison::Equal, right) => left == *right,
        _ => false,
    }
}

fn json_holds(test: &ValueTest, value: Option<&Value>) -> bool {
    let Some(value) = value else { return false };
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    match test {
        ValueTest::Number(..) => number_holds(test, text.parse().ok()),
        _ => text_holds(test, &[text], false),
    }
}
