//! The measurement of the times.

use std::time::Duration;

use crate::contenders::{CONTENDERS, Contender};
use crate::workspace::{Mode, Workspace};

/// The median times of one contender.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) build: Duration,
    pub(crate) check: Duration,
}

/// Compiles all contenders in every round, and returns the medians in the order of [`CONTENDERS`].
///
/// Other load on the machine affects all contenders of a round. Each round starts with another
/// contender.
pub(crate) fn take(
    workspace: &Workspace,
    rounds: u32,
) -> Result<[Times; CONTENDERS.len()], String> {
    let mut taken = CONTENDERS.each_ref().map(|_| (Vec::new(), Vec::new()));
    for round in 1..=rounds {
        let mut order: Vec<(&Contender, _)> = CONTENDERS.iter().zip(&mut taken).collect();
        let first = usize::try_from(round).unwrap_or_default() % order.len();
        order.rotate_left(first);
        for (contender, (builds, checks)) in order {
            for mode in Mode::ALL {
                let time = workspace.compile(contender, mode)?;
                eprintln!(
                    "round {round} of {rounds}: {} {} {:.2} s",
                    mode.command(),
                    contender.name,
                    time.as_secs_f64()
                );
                match mode {
                    Mode::Build => builds.push(time),
                    Mode::Check => checks.push(time),
                }
            }
        }
    }
    if taken.iter().any(|(builds, _)| !is_steady(builds)) {
        eprintln!("the rounds differ by more than a quarter: the machine was busy");
    }
    Ok(taken.map(|(builds, checks)| Times {
        build: median(builds),
        check: median(checks),
    }))
}

/// Returns whether the slowest round is at most a quarter slower than the fastest.
fn is_steady(times: &[Duration]) -> bool {
    let (fastest, slowest) = (times.iter().min(), times.iter().max());
    fastest
        .zip(slowest)
        .is_none_or(|(fastest, slowest)| *slowest <= *fastest * 5 / 4)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let (low, high) = (times.len().saturating_sub(1) / 2, times.len() / 2);
    let at = |index| times.get(index).copied().unwrap_or_default();
    (at(low) + at(high)) / 2
}

#[cfg(test)]
mod tests {
    use super::{is_steady, median};
    use std::time::Duration;

    #[test]
    fn median_of_even_count_is_the_mean_of_the_middle() {
        let of = |seconds: &[u64]| {
            let times = seconds.iter().copied().map(Duration::from_secs).collect();
            median(times).as_secs_f64()
        };
        assert!((of(&[9, 1, 2]) - 2.0).abs() < 1e-9);
        assert!((of(&[9, 1, 2, 4]) - 3.0).abs() < 1e-9);
    }

    #[test]
    fn rounds_that_differ_by_half_are_not_steady() {
        let of = |seconds: &[u64]| -> Vec<_> {
            seconds.iter().copied().map(Duration::from_secs).collect()
        };
        assert!(is_steady(&of(&[11, 10, 12])));
        assert!(!is_steady(&of(&[10, 15, 11])));
    }
}
