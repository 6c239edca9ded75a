//! A sampler keeps traces as a whole, keeps what its rules name, and counts the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tracing_subscriber::prelude::*;
use whose::{Kind, Policy, PolicyKey, Record, RecordSink, RecordType, Sampled, Sampler, Scope};
use whose_tests::memory_sink::MemorySink;
use whose_tests::runtimes::{many_threads, one_thread};

type Kept = Arc<Sampled<MemorySink>>;

fn sample(sampler: Sampler) -> Kept {
    Arc::new(sampler.sample(MemorySink::default()))
}

fn with_sinks(sinks: &[&Kept], work: impl FnOnce()) {
    let layer = sinks.iter().fold(whose::layer(), |layer, sink| {
        layer.with_sink(Arc::clone(sink))
    });
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
}

fn records(kept: &Kept) -> Vec<Arc<Record>> {
    kept.sink().records().clone()
}

/// A request: a span with an inner span and two events.
fn request() {
    tracing::info_span!("request").in_scope(|| {
        tracing::info!("begins");
        tracing::info_span!("inner").in_scope(|| tracing::info!("works"));
    });
}

#[test]
fn trace_is_kept_or_left_out_as_a_whole_by_every_sink() {
    let (low, high) = (
        sample(Sampler::new().rate(0.2)),
        sample(Sampler::new().rate(0.6)),
    );
    with_sinks(&[&low, &high], || (0..500).for_each(|_| request()));
    let traces = |kept: &Kept| {
        let mut traces: BTreeMap<_, usize> = BTreeMap::new();
        for record in records(kept) {
            *traces.entry(record.trace_id().unwrap()).or_default() += 1;
        }
        traces
    };
    let (low_traces, high_traces) = (traces(&low), traces(&high));
    assert!(
        low_traces
            .values()
            .chain(high_traces.values())
            .all(|records| *records == 4)
    );
    let ids = |traces: &BTreeMap<_, _>| traces.keys().copied().collect::<BTreeSet<_>>();
    assert!(ids(&low_traces).is_subset(&ids(&high_traces)));
    assert!(!low_traces.is_empty() && high_traces.len() < 500);
    let stats = low.stats();
    assert_eq!(stats.kept_by_rate, 4 * low_traces.len() as u64);
    assert_eq!(stats.kept() + stats.left_out(), 2_000);
    assert_eq!(stats.left_out_spans, stats.left_out_events);
}

#[test]
fn kept_record_has_weight_of_its_rate_and_says_so_in_json() {
    let kept = sample(Sampler::new().rate(0.25));
    let whole = sample(Sampler::new());
    with_sinks(&[&kept, &whole], || (0..200).for_each(|_| request()));
    for record in records(&kept) {
        assert_eq!(record.weight(), 4.0);
        let json = serde_json::to_value(&*record).unwrap();
        assert_eq!(json["weight"], 4.0);
    }
    assert_eq!(records(&whole).len(), 800);
    for record in records(&whole) {
        assert_eq!(record.weight(), 1.0);
        assert!(
            serde_json::to_value(&*record)
                .unwrap()
                .get("weight")
                .is_none()
        );
    }
}

#[test]
fn errors_and_slow_spans_of_a_left_out_trace_are_kept_with_weight_one() {
    let sampler = Sampler::new().rate(0.0).keep_errors();
    let kept = sample(sampler.keep_slower_than(Duration::from_millis(20)));
    with_sinks(&[&kept], || {
        request();
        tracing::info_span!("slow").in_scope(|| {
            tracing::info!("left out");
            thread::sleep(Duration::from_millis(25));
        });
        tracing::info_span!("failing").in_scope(|| {
            whose::capture_error(&std::io::Error::other("declined"));
        });
        tracing::error!(error = "refused", "an event that reports an error");
    });
    let names: Vec<_> = records(&kept)
        .iter()
        .map(|record| record.record_type())
        .collect();
    let errors = names
        .iter()
        .filter(|kind| **kind == RecordType::Error)
        .count();
    assert!(errors >= 1, "{names:?}");
    let spans: Vec<_> = records(&kept)
        .iter()
        .filter(|record| record.record_type() == RecordType::Span)
        .map(|record| record.name().to_owned())
        .collect();
    assert!(spans.contains(&"slow".to_owned()), "{spans:?}");
    assert!(!spans.contains(&"inner".to_owned()), "{spans:?}");
    assert!(records(&kept).iter().all(|record| record.weight() == 1.0));
    assert_eq!(kept.stats().kept_by_rate, 0);
}

#[whose::trace(kind = agent)]
fn plan() {}

#[whose::trace(kind = tool)]
fn look_up() {}

#[test]
fn rate_of_user_beats_rate_of_kind_beats_general_rate() {
    let sampler = Sampler::new().rate(0.0).rate_for_kind(Kind::Agent, 1.0);
    let kept = sample(
        sampler
            .keep_users(["vip"])
            .rate_for_user("noisy", 0.0)
            .keep_sessions(["s-7"]),
    );
    with_sinks(&[&kept], || {
        plan();
        look_up();
        whose::user("vip").in_scope(look_up);
        whose::user("noisy").in_scope(plan);
        whose::user("noisy").session("s-7").in_scope(plan);
    });
    let got: Vec<_> = records(&kept)
        .iter()
        .map(|record| {
            (
                record.name().to_owned(),
                record.user_id().map(str::to_owned),
            )
        })
        .collect();
    let noisy = Some("noisy".to_owned());
    let expected = [
        ("plan".to_owned(), None),
        ("look_up".to_owned(), Some("vip".to_owned())),
        ("plan".to_owned(), noisy),
    ];
    assert_eq!(got, expected);
}

#[test]
fn pseudonym_names_the_user_after_a_policy() {
    let key = PolicyKey::new("k1", [7; 32]).unwrap();
    let kept = sample(Sampler::new().rate(0.0).keep_users([key.pseudonym("vip")]));
    let layer = whose::layer()
        .with_policy(Policy::pseudonymous(&key))
        .unwrap();
    let layer = layer.with_sink(kept.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        whose::user("vip").in_scope(request);
        whose::user("other").in_scope(request);
    });
    assert_eq!(records(&kept).len(), 4);
}

#[test]
fn model_calls_scores_check_ins_and_links_are_kept() {
    let work = || {
        Scope::isolated().in_scope(|| {
            tracing::info!("before the login");
            whose::set_user("alice");
            whose::usage("gpt-4o-mini").input_tokens(1_000).record();
            whose::score("helpful", true).record();
            whose::monitor("nightly").run(|| ());
        });
    };
    let kept = sample(Sampler::new().rate(0.0));
    let sampled_calls = sample(Sampler::new().rate(0.0).sample_model_calls());
    with_sinks(&[&kept, &sampled_calls], work);
    let count = |kept: &Kept, is: fn(&Record) -> bool| {
        records(kept).iter().filter(|record| is(record)).count()
    };
    assert_eq!(count(&kept, |record| record.model_usage().is_some()), 1);
    assert_eq!(
        count(&sampled_calls, |record| record.model_usage().is_some()),
        0
    );
    for kept in [&kept, &sampled_calls] {
        assert_eq!(count(kept, |record| record.score().is_some()), 1);
        assert_eq!(count(kept, |record| record.check_in().is_some()), 2);
        assert_eq!(
            count(kept, |record| record.record_type() == RecordType::Link),
            1
        );
        assert_eq!(
            count(kept, |record| record.message() == Some("before the login")),
            0
        );
    }
}

#[test]
fn two_samplers_count_as_the_lower_rate() {
    let inner = Sampler::new().rate(0.5).sample(MemorySink::default());
    let outer = Arc::new(Sampler::new().rate(0.25).sample(inner));
    let layer = whose::layer().with_sink(outer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        (0..2_000).for_each(|_| request());
        (0..8_000).for_each(|_| tracing::info!("without a trace"));
    });
    let records = outer.sink().sink().records().clone();
    let (traced, untraced): (Vec<_>, Vec<_>) = records
        .iter()
        .partition(|record| record.trace_id().is_some());
    // Both decide alike about a trace: the second keeps what the first has kept.
    assert!(traced.iter().all(|record| record.weight() == 4.0));
    assert!(untraced.iter().all(|record| record.weight() == 8.0));
    // Each estimate is within six standard deviations of 8,000.
    let sum = |records: &[&Arc<Record>]| records.iter().map(|record| record.weight()).sum::<f64>();
    let of_traces = 6.0 * 4.0 * (2_000.0_f64 * 3.0).sqrt();
    assert!(
        (sum(&traced) - 8_000.0).abs() < of_traces,
        "{}",
        sum(&traced)
    );
    let of_records = 6.0 * (8_000.0_f64 * 7.0).sqrt();
    assert!(
        (sum(&untraced) - 8_000.0).abs() < of_records,
        "{}",
        sum(&untraced)
    );
}

#[test]
fn left_out_records_are_in_the_list_of_sinks() {
    let kept = sample(Sampler::new().rate(0.0));
    let name = RecordSink::name(&kept).to_owned();
    with_sinks(&[&kept], || {
        request();
        let sinks = whose::sinks();
        assert!(
            sinks
                .iter()
                .any(|sink| sink.name == name && sink.left_out == 4),
            "{sinks:?}"
        );
    });
}

/// Keeps records, and returns them to the crate when told to.
#[derive(Default)]
struct Returning(Mutex<Vec<Arc<Record>>>);

impl RecordSink for Returning {
    fn record(&self, record: &Arc<Record>) {
        self.0.lock().unwrap().push(record.clone());
    }
}

#[test]
fn recycled_copy_of_a_sampler_has_weight_one_again() {
    let returning = Arc::new(Sampler::new().rate(0.5).sample(Returning::default()));
    let layer = whose::layer().with_sink(returning.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        (0..500).for_each(|_| request());
    });
    let kept = std::mem::take(&mut *returning.sink().0.lock().unwrap());
    assert!(kept.iter().all(|record| record.weight() == 2.0));
    Record::recycle(kept);

    // Another thread begins with the records that were returned.
    let whole = sample(Sampler::new());
    thread::scope(|scope| {
        scope.spawn(|| with_sinks(&[&whole], || (0..500).for_each(|_| request())));
    });
    let whole = records(&whole);
    assert_eq!(whole.len(), 2_000);
    assert!(whole.iter().all(|record| record.weight() == 1.0));
}

#[test]
fn traces_of_tasks_stay_whole_on_each_runtime() {
    for runtime in [many_threads(), one_thread()] {
        let kept = sample(Sampler::new().rate(0.3));
        let layer = whose::layer().with_sink(kept.clone());
        let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
        runtime.block_on(async {
            let tasks: Vec<_> = (0..200)
                .map(|_| {
                    let span = tracing::dispatcher::with_default(&dispatch, || {
                        tracing::info_span!("request")
                    });
                    let work = async {
                        tracing::info!("begins");
                        tokio::task::yield_now().await;
                        tracing::info!("ends");
                    };
                    use tracing::Instrument;
                    use tracing::instrument::WithSubscriber;
                    tokio::spawn(work.instrument(span).with_subscriber(dispatch.clone()))
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
        let mut traces: BTreeMap<_, usize> = BTreeMap::new();
        for record in records(&kept) {
            *traces.entry(record.trace_id().unwrap()).or_default() += 1;
        }
        assert!(!traces.is_empty() && traces.len() < 200);
        assert!(traces.values().all(|records| *records == 3), "{traces:?}");
    }
}
