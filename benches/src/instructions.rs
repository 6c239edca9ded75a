//! Instructions an operation, counted by valgrind: figures that noise cannot move.
//!
//! Each operation runs in a process of its own under callgrind, which collects only inside the
//! function that runs the measured operations: neither what is set up, nor what other threads do.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::meter::{COUNTED, Meter};
use crate::op::{self, Op, Role};
use crate::rows::{polls, reads, scopes, spans};

/// The rows that are counted; in the others, what costs is memory and other threads.
const ROWS: [&str; 4] = [scopes::ROW, reads::ROW, polls::ROW, spans::ROW];
/// How many operations are counted: enough that the loop around them rounds away.
const OPERATIONS: u64 = 2_000;
/// How far a count may be above the baseline, in percent.
const TOLERANCE: f64 = 5.0;
/// How often an operation that costs too much is counted again before that is believed.
const TRIES: usize = 3;

/// Instructions an operation, by name.
pub type Counts = BTreeMap<String, f64>;

/// The operations that are counted and whose names contain `filter`.
#[must_use]
pub fn operations(filter: &str) -> Vec<Op> {
    let counted = |op: &Op| ROWS.contains(&op.row) && op.key().contains(filter);
    op::all().into_iter().filter(counted).collect()
}

/// Runs one operation: what callgrind watches.
///
/// # Errors
/// Where there is no such operation, or what it needs cannot be set up.
pub fn run_one(key: &str) -> Result<(), Failure> {
    let op = op::find(key).ok_or_else(|| format!("no operation is called `{key}`"))?;
    let collector = op.setup.install(&env::temp_dir())?;
    (op.run)(&mut Meter::new(
        OPERATIONS,
        op.argument.unwrap_or_default(),
        None,
    ));
    (collector.flush)();
    Ok(())
}

/// Whether valgrind is here.
#[must_use]
pub fn can_count() -> bool {
    let valgrind = Command::new("valgrind").arg("--version").output();
    valgrind.is_ok_and(|output| output.status.success())
}

/// Counts all of them, as many at a time as there are cores, by `program`, which is the program
/// `instructions`.
///
/// # Errors
/// Where valgrind does not run.
pub fn count(program: &Path, ops: &[Op]) -> Result<Counts, Failure> {
    let next = AtomicUsize::new(0);
    let counted = Mutex::new(Ok(Counts::new()));
    let work = || {
        while let Some(op) = ops.get(next.fetch_add(1, Ordering::Relaxed)) {
            let one = count_one(program, op);
            let mut all = counted.lock().unwrap_or_else(PoisonError::into_inner);
            match (one, &mut *all) {
                (Ok(count), Ok(counts)) => drop(counts.insert(op.key(), count)),
                (Err(failure), all) => *all = Err(failure),
                (Ok(_), Err(_)) => return,
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, Into::into);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    counted.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn count_one(program: &Path, op: &Op) -> Result<f64, Failure> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--collect-atstart=no")
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(program)
        .args(["--run-one", &op.key()])
        .output()
        .map_err(|error| format!("valgrind does not start: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{} failed under valgrind:\n{said}", op.key()).into());
    }
    let collected = collected(&said)
        .ok_or_else(|| format!("valgrind counted nothing of {}:\n{said}", op.key()))?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    Ok((collected as f64 / OPERATIONS as f64).round())
}

/// The figure in callgrind's line `Collected : 123`.
fn collected(said: &str) -> Option<u64> {
    let line = said.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(' ')
        .next()?
        .parse()
        .ok()
        .filter(|count| *count > 0)
}

/// The counts as a table; the last column is the difference to the floor of the same case.
#[must_use]
pub fn table(ops: &[Op], counts: &Counts) -> String {
    let mut table = String::from(
        "| row | case | contender | instructions | over the floor |\n|---|---|---|--:|--:|\n",
    );
    for op in ops {
        let Some(count) = counts.get(&op.key()) else {
            continue;
        };
        let is_floor =
            |other: &&Op| other.role == Role::Floor && (other.row, other.case) == (op.row, op.case);
        let floor = ops
            .iter()
            .find(is_floor)
            .and_then(|op| counts.get(&op.key()));
        let over = floor.map_or("-".into(), |floor| format!("{:+.0}", count - floor));
        let (row, case, contender) = (op.row, op.case, op.contender);
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {row} | {case} | {contender} | {count:.0} | {over} |"
        );
    }
    table
}

/// What a comparison with the baseline found.
#[derive(Debug, Default, PartialEq)]
pub struct Verdict {
    /// What costs more than the baseline allows, in words.
    pub worse: Vec<String>,
    /// What costs so much less that the baseline should follow, in words.
    pub better: Vec<String>,
    /// What has no baseline, and what the baseline has and nobody measures.
    pub unknown: Vec<String>,
}

impl Verdict {
    /// Compares counts with the baseline.
    #[must_use]
    pub fn of(counts: &Counts, baseline: &Counts) -> Self {
        let mut verdict = Self::default();
        for (key, count) in counts {
            let Some(base) = baseline.get(key) else {
                verdict
                    .unknown
                    .push(format!("{key}: {count:.0}, and no baseline"));
                continue;
            };
            let change = (count / base - 1.0) * 100.0;
            let words = format!("{key}: {count:.0}, baseline {base:.0} ({change:+.1} %)");
            if count - base > allowed(*base) {
                verdict.worse.push(words);
            } else if base - count > allowed(*base) {
                verdict.better.push(words);
            }
        }
        let gone = baseline.keys().filter(|key| !counts.contains_key(*key));
        verdict
            .unknown
            .extend(gone.map(|key| format!("{key}: in the baseline alone")));
        verdict
    }

    /// Whether the gate opens.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.worse.is_empty() && self.unknown.is_empty()
    }
}

/// How many instructions a count may be off: of one that is tiny, one and a half.
fn allowed(base: f64) -> f64 {
    (base * TOLERANCE / 100.0).max(1.5)
}

/// Counts again what costs too much: an allocator's rare slow path may have fallen into the count.
///
/// # Errors
/// Where valgrind does not run.
pub fn count_again(
    program: &Path,
    ops: &[Op],
    counts: &mut Counts,
    baseline: &Counts,
) -> Result<(), Failure> {
    for _ in 1..TRIES {
        let is_worse = |op: &&Op| {
            let key = op.key();
            let both = counts.get(&key).zip(baseline.get(&key));
            both.is_some_and(|(count, base)| count - base > allowed(*base))
        };
        let worse: Vec<Op> = ops.iter().filter(is_worse).cloned().collect();
        for (key, count) in count(program, &worse)? {
            counts.entry(key).and_modify(|old| *old = old.min(count));
        }
    }
    Ok(())
}

/// What was counted when all was well.
#[derive(Debug, Serialize, Deserialize)]
pub struct Baseline {
    /// By what: the processor and the C library, whose allocator is a part of many counts.
    pub made_with: String,
    /// The counts.
    pub counts: Counts,
}

/// What this machine counts with.
#[must_use]
pub fn made_with() -> String {
    let libc = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let libc = libc.ok().filter(|output| output.status.success());
    let libc = libc.map_or("another C library".into(), |output| {
        String::from_utf8_lossy(output.stdout.trim_ascii()).into_owned()
    });
    format!("{}, {libc}", env::consts::ARCH)
}

/// The baseline in that file.
///
/// # Errors
/// Where it cannot be read.
pub fn baseline(path: &Path) -> Result<Baseline, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// Makes the counts the baseline.
///
/// # Errors
/// Where it cannot be written.
pub fn bless(path: &Path, counts: &Counts) -> Result<(), Failure> {
    let baseline = Baseline {
        made_with: made_with(),
        counts: counts.clone(),
    };
    std::fs::write(path, serde_json::to_string_pretty(&baseline)? + "\n")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &[(&str, f64)]) -> Counts {
        of.iter()
            .map(|(key, count)| ((*key).into(), *count))
            .collect()
    }

    #[test]
    fn the_gate_closes_at_more_than_five_percent_above_and_only_tells_of_less() {
        let baseline = counts(&[("a", 200.0), ("b", 200.0), ("c", 200.0), ("d", 200.0)]);
        let now = counts(&[("a", 210.0), ("b", 211.0), ("c", 190.0), ("d", 189.0)]);
        let verdict = Verdict::of(&now, &baseline);
        assert_eq!(verdict.worse, ["b: 211, baseline 200 (+5.5 %)"]);
        assert_eq!(verdict.better, ["d: 189, baseline 200 (-5.5 %)"]);
        assert!(!verdict.holds());
    }

    #[test]
    fn one_instruction_more_of_few_is_no_regression_and_two_are() {
        let baseline = counts(&[("a", 7.0), ("b", 7.0)]);
        let verdict = Verdict::of(&counts(&[("a", 8.0), ("b", 9.0)]), &baseline);
        assert_eq!(verdict.worse, ["b: 9, baseline 7 (+28.6 %)"]);
    }

    #[test]
    fn the_gate_closes_where_an_operation_or_its_baseline_is_missing() {
        let (old, new) = (counts(&[("old", 1.0)]), counts(&[("new", 1.0)]));
        let verdict = Verdict::of(&new, &old);
        assert_eq!(verdict.unknown.len(), 2, "{verdict:?}");
        assert!(!verdict.holds());
        assert!(Verdict::of(&new, &new).holds());
    }

    #[test]
    fn only_a_count_above_nothing_is_read_from_what_callgrind_says() {
        assert_eq!(
            collected("==7== Events : Ir\n==7== Collected : 420\n"),
            Some(420)
        );
        assert_eq!(collected("==7== Collected : 0\n"), None);
        assert_eq!(collected("killed\n"), None);
    }

    #[test]
    fn no_two_operations_share_a_name() {
        let mut keys: Vec<_> = op::all().iter().map(Op::key).collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }
}
