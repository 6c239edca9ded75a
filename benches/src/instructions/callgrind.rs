//! Runs benchmarks under callgrind.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::benchmark::Benchmark;
use crate::catalog;
use crate::failure::Failure;
use crate::meter::{COUNTED, Meter};
use crate::rows::{events, integrations, polls, reads, scopes, spans};

/// The rows that are counted; the others measure memory and other threads.
const ROWS: [&str; 6] = [
    scopes::ROW,
    reads::ROW,
    polls::ROW,
    spans::ROW,
    integrations::ROW,
    events::ROW,
];
/// Operations per count: enough to make the cost of the loop disappear in the rounding.
const OPERATIONS: u64 = 2_000;
/// Instructions per operation, by the key of the benchmark.
pub type Counts = BTreeMap<String, f64>;

/// Returns the benchmarks that are counted and whose keys contain `filter`.
#[must_use]
pub fn benchmarks(filter: &str) -> Vec<Benchmark> {
    let is_counted = |one: &Benchmark| ROWS.contains(&one.row) && one.key().contains(filter);
    catalog::benchmarks()
        .into_iter()
        .filter(is_counted)
        .collect()
}

/// Runs one benchmark in this process, which callgrind observes.
///
/// # Errors
/// Returns an error if the benchmark is unknown, or if its setup cannot be installed.
pub fn run_one(key: &str) -> Result<(), Failure> {
    let benchmark =
        catalog::find_benchmark(key).ok_or_else(|| format!("unknown benchmark `{key}`"))?;
    let collector = (benchmark.setup.install)(&env::temp_dir())?;
    (benchmark.run)(&mut Meter::new(
        OPERATIONS,
        benchmark.argument.unwrap_or_default(),
        None,
    ));
    (collector.flush)();
    Ok(())
}

/// Returns whether valgrind is installed.
#[must_use]
pub fn is_available() -> bool {
    let valgrind = Command::new("valgrind").arg("--version").output();
    valgrind.is_ok_and(|output| output.status.success())
}

/// Counts the instructions of all benchmarks, on all cores. `program` is the path of the program
/// `instructions`.
///
/// # Errors
/// Returns an error if valgrind fails.
pub fn count(program: &Path, benchmarks: &[Benchmark]) -> Result<Counts, Failure> {
    let next = AtomicUsize::new(0);
    let counted = Mutex::new(Ok(Counts::new()));
    let work = || {
        while let Some(one) = benchmarks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let counted_one = count_one(program, one);
            let mut all = counted.lock().unwrap_or_else(PoisonError::into_inner);
            match (counted_one, &mut *all) {
                (Ok(count), Ok(counts)) => drop(counts.insert(one.key(), count)),
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

fn count_one(program: &Path, benchmark: &Benchmark) -> Result<f64, Failure> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--collect-atstart=no")
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(program)
        .args(["--run-one", &benchmark.key()])
        .output()
        .map_err(|error| format!("cannot start valgrind: {error}"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{} failed under valgrind:\n{log}", benchmark.key()).into());
    }
    let collected = collected(&log).ok_or_else(|| {
        format!(
            "valgrind counted no instructions of {}:\n{log}",
            benchmark.key()
        )
    })?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    Ok((collected as f64 / OPERATIONS as f64).round())
}

/// Parses the figure in callgrind's line `Collected : 123`.
fn collected(log: &str) -> Option<u64> {
    let line = log.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(' ')
        .next()?
        .parse()
        .ok()
        .filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collected_count_of_zero_is_none() {
        assert_eq!(
            collected("==7== Events : Ir\n==7== Collected : 420\n"),
            Some(420)
        );
        assert_eq!(collected("==7== Collected : 0\n"), None);
        assert_eq!(collected("killed\n"), None);
    }
}
