//! Instructions an operation, counted by valgrind: figures that noise cannot move.
//!
//! Each operation runs in a process of its own under callgrind, which collects only inside the
//! function that runs the measured operations: neither what is set up, nor what other threads do.

mod baseline;

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

pub use baseline::{Baseline, Verdict, baseline, bless, count_again, made_with};

use crate::failure::Failure;
use crate::meter::{COUNTED, Meter};
use crate::op::{self, Op, Role};
use crate::rows::{polls, reads, scopes, spans};

/// The rows that are counted; in the others, what costs is memory and other threads.
const ROWS: [&str; 4] = [scopes::ROW, reads::ROW, polls::ROW, spans::ROW];
/// How many operations are counted: enough that the loop around them rounds away.
const OPERATIONS: u64 = 2_000;
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

#[cfg(test)]
mod tests {
    use super::*;

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
