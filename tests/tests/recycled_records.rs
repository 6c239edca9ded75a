//! A record that no sink has kept is recycled. A sink sees the same values in recycled and fresh
//! records, whether or not the sink keeps the records.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use fastrand::Rng;
use tracing::{Span, error, field, info, info_span, warn_span};
use tracing_subscriber::layer::SubscriberExt as _;
use whose::{Record, RecordSink, Scope, User};

/// Writes down what it sees, and keeps the record or not.
#[derive(Clone, Default)]
struct Sees {
    keeps: bool,
    seen: Arc<Mutex<Vec<String>>>,
    kept: Arc<Mutex<Vec<Arc<Record>>>>,
}

impl RecordSink for Sees {
    fn record(&self, record: &Arc<Record>) {
        let lock = |list| Mutex::lock(list).unwrap_or_else(PoisonError::into_inner);
        lock(&self.seen).push(shown(record));
        if self.keeps {
            let kept: &Mutex<Vec<Arc<Record>>> = &self.kept;
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(record.clone());
        }
    }
}

/// All that a record says, but for its time and its ids, which differ from run to run.
fn shown(record: &Record) -> String {
    let user = record.user().map(|user| {
        (
            user.id(),
            user.email(),
            user.username(),
            format!("{:?}", user.attr("plan")),
        )
    });
    let crumbs: Vec<_> = record.breadcrumbs().map(|crumb| crumb.message()).collect();
    format!(
        "{:?} {} {} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {}",
        record.record_type(),
        record.name(),
        record.target(),
        record.level(),
        record.call_site().map(|site| site.line),
        record.kind(),
        record.message(),
        record.status(),
        record.duration().is_some(),
        (
            record.trace_id().is_some(),
            record.span_id().is_some(),
            record.parent_id().is_some()
        ),
        user,
        record.user_source(),
        record.unattributed(),
        (
            record.session_id(),
            record.previous_session_id(),
            record.session_source()
        ),
        record.tags().collect::<Vec<_>>(),
        record.extras().collect::<Vec<_>>(),
        record.contexts().collect::<Vec<_>>(),
        record.fields().collect::<Vec<_>>(),
        (
            record.span_path().collect::<Vec<_>>(),
            record.fingerprint().is_some(),
            crumbs
        ),
        record.service().is_some(),
    )
}

#[whose::trace(kind = agent, user_id = "agent-user")]
fn agent(rng: &mut Rng, depth: u32) {
    some(rng, depth);
}

#[whose::trace(err)]
fn fails(rng: &mut Rng, depth: u32) -> Result<(), String> {
    some(rng, depth);
    Err(format!("failed at {depth}"))
}

/// A scope that says some of all that a scope can say.
fn scope(rng: &mut Rng) -> Scope {
    let scope = match rng.u8(0..6) {
        0 => Scope::new(),
        1 => Scope::anonymous(),
        2 => Scope::isolated(),
        3 => whose::user("alice"),
        4 => whose::user("an-id-that-is-longer-than-fits-in-its-place"),
        _ => whose::user(
            User::new("bob")
                .with_email("bob@example.com")
                .with_attr("plan", "pro"),
        ),
    };
    let scope = match rng.u8(0..4) {
        0 => scope.session("s-1"),
        1 => scope.tag("plan", "pro"),
        _ => scope,
    };
    match rng.u8(0..6) {
        0 => scope.extra("basket", 3),
        1 => scope.context("device", serde_json::json!({"os": "linux"})),
        _ => scope,
    }
}

fn span(rng: &mut Rng) -> Span {
    match rng.u8(0..6) {
        0 => info_span!("bare"),
        1 => info_span!("with fields", number = 1, text = "some"),
        2 => info_span!("of somebody", user.id = "carol", session.id = "s-2"),
        3 => info_span!("late", user.id = field::Empty, progress = field::Empty),
        4 => info_span!(parent: None, "a root"),
        _ => warn_span!("with a message", message = "hello"),
    }
}

fn some(rng: &mut Rng, depth: u32) {
    for _ in 0..rng.u32(1..4) {
        match rng.u8(0..if depth == 0 { 4 } else { 9 }) {
            0 => info!("an event"),
            1 => info!(number = 2, "an event with a field"),
            2 => error!(error = "it broke", "an event that tells of an error"),
            3 => whose::add_breadcrumb(whose::Breadcrumb::new("a crumb")),
            4 => scope(rng).in_scope(|| some(rng, depth - 1)),
            5 => agent(rng, depth - 1),
            6 => drop(fails(rng, depth - 1)),
            _ => {
                let span = span(rng);
                span.in_scope(|| some(rng, depth - 1));
                if rng.bool() {
                    span.record("progress", rng.u8(..));
                    span.record("user.id", "dave");
                }
            }
        }
    }
}

/// What a sink sees of a program, on a thread of its own.
fn seen_by(sink: Sees, seed: u64) -> Vec<String> {
    let seen = sink.seen.clone();
    let ran = thread::spawn(move || {
        let layer = whose::layer().with_sink(sink);
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let mut rng = Rng::with_seed(seed);
            // The breadcrumbs of the process would be those of all programs.
            Scope::isolated().in_scope(|| (0..20).for_each(|_| some(&mut rng, 4)));
        });
    });
    ran.join().expect("a program that ends");
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *seen)
}

#[test]
fn recycled_records_equal_fresh_records() {
    for seed in 0..200 {
        let fresh = seen_by(
            Sees {
                keeps: true,
                ..Sees::default()
            },
            seed,
        );
        let again = seen_by(Sees::default(), seed);
        assert!(
            fresh.len() > 20,
            "the program says too little to prove anything"
        );
        for (at, (fresh, again)) in fresh.iter().zip(&again).enumerate() {
            assert_eq!(again, fresh, "record {at} of program {seed}");
        }
        assert_eq!(again.len(), fresh.len());
    }
}
