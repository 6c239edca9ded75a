//! The baseline: what was counted when all was well, and what is allowed over it.

use std::env;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::{Counts, count};
use crate::failure::Failure;
use crate::op::Op;

/// How far a count may be above the baseline, in percent.
const TOLERANCE: f64 = 5.0;
/// How often an operation that costs too much is counted again before that is believed.
const TRIES: usize = 3;

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
}
