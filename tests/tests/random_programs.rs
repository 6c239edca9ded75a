//! Random programs match the reference model: `whose::current()` after every step, the attribution
//! of each record, the number of refused writes, and an empty stack at the end.

use std::cell::RefCell;
use std::num::NonZero;
use std::process::{Command, Stdio};

use proptest::collection::vec;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use proptest::{prop_assert, prop_assert_eq};
use tracing::info_span;
use tracing::span::EnteredSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use whose_tests::model::{Flaw, Outcome, predict, predict_with};
use whose_tests::program::Program;
use whose_tests::program::generate::{deep_program, program, program_recording_anywhere};
use whose_tests::runner::Runner;

/// A configuration of 50,000 cases, unless `PROPTEST_CASES` sets another number.
fn config() -> Config {
    let mut config = Config {
        failure_persistence: None,
        max_shrink_iters: 20_000,
        // Every choice in a program seeds its own generator, so seeding must be cheap.
        rng_algorithm: RngAlgorithm::XorShift,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 50_000;
    }
    config
}

fn new_runner() -> Runner {
    Runner::new().unwrap_or_else(|error| panic!("no runtime: {error}"))
}

/// Runs random programs, and fails with the smallest program that `check` rejects.
fn check_programs(
    config: Config,
    programs: impl Strategy<Value = Program>,
    check: impl Fn(&Program, &Outcome) -> Option<String>,
) {
    let runner = RefCell::new(new_runner());
    let checked = TestRunner::new(config).run(&programs, |program| {
        let actual = runner.borrow().run(&program);
        let Some(wrong) = check(&program, &actual) else {
            return Ok(());
        };
        // State that a wrong program leaves on its threads must not fail smaller programs.
        runner.replace(new_runner());
        Err(TestCaseError::fail(wrong))
    });
    match checked {
        Ok(()) => {}
        Err(TestError::Fail(why, program)) => panic!("{why}\nin\n{program}"),
        Err(error) => panic!("{error}"),
    }
}

/// The first difference between two outcomes.
fn difference(expected: &Outcome, actual: &Outcome) -> Option<String> {
    let answers = expected.answers.iter().zip(&actual.answers).enumerate();
    for (at, (expected, actual)) in answers {
        if expected != actual {
            return Some(format!(
                "answer {at}:\nexpected {expected:?}\n  actual {actual:?}"
            ));
        }
    }
    for (n, expected) in &expected.records {
        let actual = actual.records.get(n);
        if Some(expected) != actual {
            return Some(format!(
                "record {n}:\nexpected {expected:?}\n  actual {actual:?}"
            ));
        }
    }
    if expected.linked != actual.linked {
        let (expected, actual) = (&expected.linked, &actual.linked);
        return Some(format!(
            "links:\nexpected {expected:?}\n  actual {actual:?}"
        ));
    }
    let rest = |outcome: &Outcome| {
        let Outcome {
            answers,
            records,
            linked: _,
            refused,
            left_behind,
        } = outcome;
        format!(
            "{} answers, {} records, {refused} refused, left behind {left_behind:?}",
            answers.len(),
            records.len()
        )
    };
    (expected != actual).then(|| format!("expected {}\n  actual {}", rest(expected), rest(actual)))
}

/// Runs a test of this file in one process for each processor, each with its share of the programs.
/// Refused writes are counted for the whole process, so a process runs one program at a time.
fn in_shares(test: &str, cases: u32, share: impl FnOnce(Config)) {
    const SHARE: &str = "WHOSE_TESTS_SHARE";
    if let Some(cases) = std::env::var(SHARE).ok().and_then(|it| it.parse().ok()) {
        return share(Config { cases, ..config() });
    }
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let cases = cases.div_ceil(u32::try_from(processors).unwrap_or(1));
    let executable = std::env::current_exe().expect("the path of this program");
    let children: Vec<_> = (0..processors)
        .map(|_| {
            Command::new(&executable)
                .args(["--exact", test, "--nocapture"])
                .env(SHARE, cases.to_string())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("another process")
        })
        .collect();
    let outputs = children
        .into_iter()
        .map(|child| child.wait_with_output().expect("its end"));
    for output in outputs.collect::<Vec<_>>() {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let (out, error) = (text(&output.stdout), text(&output.stderr));
        // A process without a matching test succeeds too.
        let has_run = out.contains("1 passed");
        assert!(
            output.status.success() && has_run,
            "a share failed:\n{out}\n{error}"
        );
    }
}

#[test]
fn random_programs_match_reference_model() {
    let test = "random_programs_match_reference_model";
    in_shares(test, config().cases, |config| {
        check_programs(config, program(), |program, actual| {
            difference(&predict(program)?, actual)
        });
    });
}

#[test]
fn deep_captured_stacks_match_reference_model() {
    let test = "deep_captured_stacks_match_reference_model";
    in_shares(test, config().cases.div_ceil(50), |config| {
        check_programs(config, deep_program(), |program, actual| {
            difference(&predict(program)?, actual)
        });
    });
}

#[test]
fn late_recorded_spans_leave_nothing_current() {
    let test = "late_recorded_spans_leave_nothing_current";
    // This test checks a single property, so fewer programs suffice.
    in_shares(test, config().cases.div_ceil(5), |config| {
        check_programs(config, program_recording_anywhere(), |_, actual| {
            (!actual.left_behind.is_empty())
                .then(|| format!("left behind: {:?}", actual.left_behind))
        });
    });
}

#[test]
fn flawed_model_is_detected() {
    let runner = new_runner();
    let seeded = TestRng::deterministic_rng(RngAlgorithm::XorShift);
    let mut random = TestRunner::new_with_rng(config(), seeded);
    let mut undetected = Flaw::ALL.to_vec();
    for _ in 0..20_000 {
        let program: Program = program()
            .new_tree(&mut random)
            .expect("a program")
            .current();
        let actual = runner.run(&program);
        // A difference proves a flaw only if the model without flaws matches.
        if predict(&program).as_ref() == Some(&actual) {
            undetected.retain(|flaw| predict_with(&program, *flaw) == actual);
        }
        if undetected.is_empty() {
            return;
        }
    }
    panic!("no program detected these flaws: {undetected:?}");
}

const USERS: [&str; 4] = ["ann", "bob", "cyd", "dan"];

/// An entry or an exit of a span. Entries and exits overlap in any order.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Enter(usize),
    /// Undoes the last entry of the span.
    Exit(usize),
}

#[test]
fn spans_exited_in_any_order_undo_own_entry() {
    let turn = (0..USERS.len(), proptest::bool::ANY).prop_map(|(span, enters)| {
        if enters {
            Turn::Enter(span)
        } else {
            Turn::Exit(span)
        }
    });
    let layer = tracing_subscriber::registry().with(whose::layer());
    let checked = tracing::subscriber::with_default(layer, || {
        TestRunner::new(config()).run(&vec(turn, 0..24), |turns| enter_and_exit(&turns))
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}

fn enter_and_exit(turns: &[Turn]) -> Result<(), TestCaseError> {
    let spans = USERS.map(|user| whose::user(user).in_scope(|| info_span!("span")));
    let mut entered: Vec<(usize, EnteredSpan)> = Vec::new();
    // After the turns, every remaining entry is exited, in the order of the spans.
    let rest = || (0..USERS.len()).map(Turn::Exit);
    for turn in turns
        .iter()
        .copied()
        .chain(turns.iter().flat_map(|_| rest()))
    {
        match turn {
            Turn::Enter(span) => entered.push((span, spans[span].clone().entered())),
            Turn::Exit(span) => {
                if let Some(last) = entered.iter().rposition(|(other, _)| *other == span) {
                    drop(entered.remove(last));
                }
            }
        }
        let expected = entered.last().map(|(span, _)| USERS[*span]);
        let attribution = whose::current();
        prop_assert_eq!(attribution.user_id(), expected, "after {:?}", turn);
    }
    prop_assert!(entered.is_empty());
    Ok(())
}
