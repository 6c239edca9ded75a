//! The table and the verdict.

use std::fmt::Write;
use std::time::Duration;

use crate::contenders::{CONTENDERS, Contender, OURS, PLAIN};
use crate::rounds::Times;

/// Whether the limit holds, and a message.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) holds: bool,
    pub(crate) message: String,
}

/// The times of all contenders, in the order of [`CONTENDERS`].
type All = [Times; CONTENDERS.len()];

/// Formats a table in Markdown.
pub(crate) fn table(all: &All) -> String {
    let mut table = String::from(
        "| attribute | build | to plain | to `instrument` | check | to plain | to `instrument` |\n\
         |---|---:|---:|---:|---:|---:|---:|\n",
    );
    for (contender, times) in CONTENDERS.iter().zip(all) {
        let (plain, rival) = (find(all, PLAIN).1, find(all, contender.rival).1);
        // Writing to a `String` does not fail.
        let _ = writeln!(
            table,
            "| {} | {} | {} |",
            contender.title(),
            cells(times.build, plain.build, rival.build),
            cells(times.check, plain.check, rival.check),
        );
    }
    table.push_str(
        "\nThe ratio to `instrument` is the ratio to its equivalent form: \
         with or without a user.\n",
    );
    table
}

fn cells(time: Duration, plain: Duration, rival: Duration) -> String {
    let time = time.as_secs_f64();
    format!(
        "{time:.2} s | {:.2} | {:.2}",
        time / plain.as_secs_f64(),
        time / rival.as_secs_f64()
    )
}

/// Returns the contender with that name, which exists.
fn find<'a>(all: &'a All, package: &str) -> (&'static Contender, &'a Times) {
    let at = CONTENDERS.iter().position(|one| one.name == package);
    let at = at.unwrap_or_default();
    (&CONTENDERS[at], &all[at])
}

/// Returns whether `whose` builds at most as long as its rival.
pub(crate) fn verdict(all: &All) -> Verdict {
    let (ours, our_times) = find(all, OURS);
    let (rival, rival_times) = find(all, ours.rival);
    let (time, limit) = (our_times.build, rival_times.build);
    let holds = time <= limit;
    Verdict {
        holds,
        message: format!(
            "{}: {} builds in {:.2} s, {} in {:.2} s",
            if holds { "not slower" } else { "SLOWER" },
            ours.title(),
            time.as_secs_f64(),
            rival.title(),
            limit.as_secs_f64(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{CONTENDERS, OURS, PLAIN, Times, table, verdict};
    use std::time::Duration;

    /// Returns 4 s for all contenders but one.
    fn all_but(package: &str, millis: u64) -> super::All {
        CONTENDERS.each_ref().map(|contender| {
            let is_it = contender.name == package;
            let time = Duration::from_millis(if is_it { millis } else { 4000 });
            Times {
                build: time,
                check: time / 2,
            }
        })
    }

    #[test]
    fn verdict_fails_only_if_slower_than_rival() {
        assert!(verdict(&all_but(OURS, 4000)).holds);
        assert!(!verdict(&all_but(OURS, 4001)).holds);
        assert!(!verdict(&all_but("instrument-user", 3999)).holds);
        assert!(
            verdict(&all_but("instrument", 1)).holds,
            "the rival has the user too"
        );
    }

    #[test]
    fn table_shows_ratios_to_plain_and_rival() {
        let table = table(&all_but(PLAIN, 1000));
        assert!(table.contains("| no attribute | 1.00 s | 1.00 | 0.25 | 0.50 s | 1.00 | 0.25 |\n"));
        assert!(
            table.contains("| `#[whose::trace]` | 4.00 s | 4.00 | 1.00 | 2.00 s | 4.00 | 1.00 |\n")
        );
    }

    #[test]
    fn rivals_are_contenders() {
        for contender in &CONTENDERS {
            assert_eq!(
                super::find(&all_but(PLAIN, 1), contender.rival).0.name,
                contender.rival
            );
        }
    }
}
