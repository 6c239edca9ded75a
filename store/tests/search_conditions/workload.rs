//! Random records.

use std::path::Path;

use proptest::prelude::*;
use rusqlite::Connection;
use tracing::subscriber::with_default;
use tracing::{error, info, info_span, warn};
use tracing_subscriber::prelude::*;
use whose::{RecordSink, Scope, Service, User};
use whose_store::{Reader, Store};

use crate::TIMEOUT;

pub(crate) const USERS: [&str; 3] = ["alice", "bob", "bo\"b*"];
pub(crate) const WORDS: [&str; 6] = ["refund", "refunds", "Paris", "late", "card", "no"];
pub(crate) const MODELS: [(&str, &str); 3] = [
    ("gpt-4o-mini", "openai"),
    ("gpt-4o", "azure"),
    ("our-own-7b", ""),
];

/// What a record is about.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    /// An event with two words, with a field that is a text or a number.
    Event {
        words: [usize; 2],
        amount: Option<i32>,
        is_warning: bool,
    },
    Span {
        word: usize,
        is_agent: bool,
        fails: bool,
    },
    Error(usize),
    Call {
        model: usize,
        tokens: u16,
        by_agent: bool,
    },
    /// A request that logs in after its first event.
    Login {
        actor: bool,
    },
    Anonymous,
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    user: Option<usize>,
    session: Option<usize>,
    conversation: bool,
    actor: bool,
    plan: Option<usize>,
    work: Work,
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let word = 0..WORDS.len();
    let work = prop_oneof![
        4 => ([word.clone(), word.clone()], prop::option::of(-3..30), any::<bool>())
            .prop_map(|(words, amount, is_warning)| Work::Event { words, amount, is_warning }),
        3 => (word.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(word, is_agent, fails)| Work::Span { word, is_agent, fails }),
        1 => word.prop_map(Work::Error),
        3 => (0..MODELS.len(), 1..2_000_u16, any::<bool>())
            .prop_map(|(model, tokens, by_agent)| Work::Call { model, tokens, by_agent }),
        2 => any::<bool>().prop_map(|actor| Work::Login { actor }),
        1 => Just(Work::Anonymous),
    ];
    let step = (
        prop::option::of(0..USERS.len()),
        prop::option::of(0..2_usize),
        any::<bool>(),
        any::<bool>(),
        prop::option::of(0..3_usize),
        work,
    )
        .prop_map(|(user, session, conversation, actor, plan, work)| Step {
            user,
            session,
            conversation,
            actor,
            plan,
            work,
        });
    prop::collection::vec(step, 1..60)
}

/// A store with the records of the steps, and with `filler` events of which each has its own text.
pub(crate) fn store_of(folder: &Path, steps: &[Step], filler: usize) -> Reader {
    let path = folder.join("whose.db");
    let store = Store::open(&path).unwrap();
    let service = Service::new("desk");
    for (index, half) in steps.chunks(steps.len().div_ceil(2)).enumerate() {
        let layer = whose::layer().with_sink(store.clone());
        let layer = match index {
            0 => layer.with_service(service.clone()),
            _ => layer,
        };
        with_default(tracing_subscriber::registry().with(layer), || {
            half.iter().for_each(run);
            (0..filler).for_each(|step| info!("card of step {step}"));
        });
    }
    assert!(store.flush(TIMEOUT).is_complete());
    drop(store);
    spread(&path);
    Reader::open(&path).unwrap()
}

/// Moves the records apart, so that they fill several partitions.
fn spread(path: &Path) {
    let file = Connection::open(path).unwrap();
    file.execute_batch(
        "PRAGMA foreign_keys = OFF;
        UPDATE records SET id = -id * 3000; UPDATE records SET id = -id;
        UPDATE usages SET record = -record * 3000; UPDATE usages SET record = -record;
        UPDATE failures SET record = -record * 3000; UPDATE failures SET record = -record;
        UPDATE gaps SET record = -record * 3000; UPDATE gaps SET record = -record;
        DELETE FROM part_times;
        INSERT INTO part_times SELECT id >> 16, min(start), max(start) FROM records GROUP BY 1;",
    )
    .unwrap();
}

fn run(step: &Step) {
    let mut scope = match step.user {
        Some(user) => whose::user(user_of(user)),
        None => Scope::new(),
    };
    if let Some(session) = step.session {
        scope = scope.session(["s-1", "s-10"][session]);
    }
    if step.conversation {
        scope = scope.conversation("thread-7");
    }
    if step.actor {
        scope = scope.actor("operator-2");
    }
    if let Some(plan) = step.plan {
        scope = scope.tag("plan", ["pro", "pro-plus", "12"][plan]);
    }
    scope.in_scope(|| work(step));
}

fn user_of(index: usize) -> User {
    let user = User::new(USERS[index]).with_attr("seats", i64::try_from(index).unwrap() * 10);
    match index {
        0 => user
            .with_attr("tier", "gold")
            .with_email("alice@example.com"),
        _ => user,
    }
}

fn work(step: &Step) {
    match &step.work {
        Work::Event {
            words: [first, second],
            amount,
            is_warning,
        } => {
            let (first, second) = (WORDS[*first], WORDS[*second]);
            match (amount, is_warning) {
                (Some(amount), true) => warn!(amount, "{first}, {second}"),
                (Some(amount), false) => info!(amount = amount.to_string(), "{first} {second}"),
                (None, _) => info!(city = first, note = second, "moved"),
            }
        }
        Work::Span {
            word,
            is_agent,
            fails,
        } => {
            let note = WORDS[*word];
            let span = match is_agent {
                true => info_span!("plan", gen_ai.operation.name = "invoke_agent", note),
                false => info_span!("planned_work", note),
            };
            span.in_scope(|| {
                if *fails {
                    error!(error = &std::io::Error::other(note) as &dyn std::error::Error);
                }
            });
        }
        Work::Error(word) => whose::capture_message(WORDS[*word]),
        Work::Call {
            model,
            tokens,
            by_agent,
        } => {
            let (model, provider) = MODELS[*model];
            let call = || {
                let usage = whose::usage(model)
                    .input_tokens(u64::from(*tokens))
                    .output_tokens(7);
                match provider {
                    "" => usage.record(),
                    provider => usage.provider(provider).record(),
                }
            };
            let agent = info_span!(
                "agent",
                gen_ai.operation.name = "invoke_agent",
                gen_ai.agent.name = "planner"
            );
            match by_agent {
                true => agent.in_scope(call),
                false => call(),
            }
        }
        Work::Login { actor } => Scope::isolated().in_scope(|| {
            info!("before the login");
            if *actor {
                whose::set_actor("operator-2");
            }
            whose::set_user(user_of(1));
            whose::set_session("s-1");
            info!("after the login");
        }),
        Work::Anonymous => whose::anonymous().in_scope(|| info!("late card")),
    }
}
