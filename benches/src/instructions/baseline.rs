//! The baseline: the accepted counts, and the comparison with new counts.

use std::env;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::callgrind::{Counts, count};
use crate::benchmark::Benchmark;
use crate::failure::Failure;

/// The accepted difference to the baseline, in percent.
const TOLERANCE: f64 = 5.0;
/// How often a benchmark above its baseline is counted before the gate fails.
const TRIES: usize = 3;

/// The result of a comparison with the baseline.
#[derive(Debug, Default, PartialEq)]
pub struct Verdict {
    /// Benchmarks above the accepted difference.
    pub worse: Vec<String>,
    /// Benchmarks below the accepted difference: the baseline should be updated.
    pub better: Vec<String>,
    /// Benchmarks without a baseline, and entries of the baseline without a benchmark.
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
                    .push(format!("{key}: {count:.0}, not in the baseline"));
                continue;
            };
            let change = (count / base - 1.0) * 100.0;
            let line = format!("{key}: {count:.0}, baseline {base:.0} ({change:+.1} %)");
            if count - base > allowed(*base) {
                verdict.worse.push(line);
            } else if base - count > allowed(*base) {
                verdict.better.push(line);
            }
        }
        let gone = baseline.keys().filter(|key| !counts.contains_key(*key));
        verdict
            .unknown
            .extend(gone.map(|key| format!("{key}: only in the baseline")));
        verdict
    }

    /// Returns whether the gate passes.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.worse.is_empty() && self.unknown.is_empty()
    }
}

/// Returns the accepted difference in instructions: at least one and a half.
fn allowed(base: f64) -> f64 {
    (base * TOLERANCE / 100.0).max(1.5)
}

/// Counts again the benchmarks above the baseline, because a count can include a rare slow path of
/// the allocator. Keeps the lower count.
///
/// # Errors
/// Returns an error if valgrind fails.
pub fn count_again(
    program: &Path,
    benchmarks: &[Benchmark],
    counts: &mut Counts,
    baseline: &Counts,
) -> Result<(), Failure> {
    for _ in 1..TRIES {
        let is_worse = |one: &&Benchmark| {
            let key = one.key();
            let both = counts.get(&key).zip(baseline.get(&key));
            both.is_some_and(|(count, base)| count - base > allowed(*base))
        };
        let worse: Vec<Benchmark> = benchmarks.iter().filter(is_worse).cloned().collect();
        for (key, count) in count(program, &worse)? {
            counts.entry(key).and_modify(|old| *old = old.min(count));
        }
    }
    Ok(())
}

/// The accepted counts.
#[derive(Debug, Serialize, Deserialize)]
pub struct Baseline {
    /// The processor and the C library, whose allocator is a part of many counts.
    pub made_with: String,
    /// The counts.
    pub counts: Counts,
}

impl Baseline {
    /// Reads the baseline from a file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read or parsed.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Writes the counts of this machine as the new baseline.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn write(path: &Path, counts: &Counts) -> Result<(), Failure> {
        let baseline = Self {
            made_with: environment(),
            counts: counts.clone(),
        };
        std::fs::write(path, serde_json::to_string_pretty(&baseline)? + "\n")?;
        Ok(())
    }
}

/// Returns the processor and the C library of this machine.
#[must_use]
pub fn environment() -> String {
    let libc = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let libc = libc.ok().filter(|output| output.status.success());
    let libc = libc.map_or("another C library".into(), |output| {
        String::from_utf8_lossy(output.stdout.trim_ascii()).into_owned()
    });
    format!("{}, {libc}", env::consts::ARCH)
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
    fn verdict_fails_above_five_percent_and_passes_below() {
        let baseline = counts(&[("a", 200.0), ("b", 200.0), ("c", 200.0), ("d", 200.0)]);
        let now = counts(&[("a", 210.0), ("b", 211.0), ("c", 190.0), ("d", 189.0)]);
        let verdict = Verdict::of(&now, &baseline);
        assert_eq!(verdict.worse, ["b: 211, baseline 200 (+5.5 %)"]);
        assert_eq!(verdict.better, ["d: 189, baseline 200 (-5.5 %)"]);
        assert!(!verdict.passes());
    }

    #[test]
    fn verdict_of_few_instructions_allows_one_more_and_not_two() {
        let baseline = counts(&[("a", 7.0), ("b", 7.0)]);
        let verdict = Verdict::of(&counts(&[("a", 8.0), ("b", 9.0)]), &baseline);
        assert_eq!(verdict.worse, ["b: 9, baseline 7 (+28.6 %)"]);
    }

    #[test]
    fn verdict_fails_if_benchmark_or_baseline_is_missing() {
        let (old, new) = (counts(&[("old", 1.0)]), counts(&[("new", 1.0)]));
        let verdict = Verdict::of(&new, &old);
        assert_eq!(verdict.unknown.len(), 2, "{verdict:?}");
        assert!(!verdict.passes());
        assert!(Verdict::of(&new, &new).passes());
    }
}
