//! The command: which crates, one after another, and what is printed.

use std::time::Instant;

use super::check::{self, Diagnostic};
use super::crates::{ALL, QUICK};
use super::mode::Mode;
use super::package::{Package, Tree};
use super::report::{self, Attempt, LeftOut, ModeResult, Report};
use super::workspace::{Candidate, Copy, Workspace};

/// Rounds of leaving out what fails.
const ROUNDS: usize = 8;

/// Annotates the crates and checks them.
pub(crate) fn run(arguments: &[&str]) -> Result<(), String> {
    let tree = Tree::load()?;
    let packages = match arguments {
        [] => tree.select(&ALL)?,
        ["--quick"] => tree.select(&QUICK)?,
        names => tree.select(names)?,
    };
    let workspace = Workspace::create(&tree, &packages)?;
    let mut copies = Vec::new();
    for package in packages {
        copies.push((workspace.copy(&tree, &package)?, package));
    }
    println!("{}", report::head());
    let mut reports = Vec::new();
    for (copy, package) in copies {
        let report = examine(&workspace, package, copy)?;
        println!("{}", report.row());
        reports.push(report);
    }
    for report in &reports {
        let details = report.details();
        if !details.is_empty() {
            println!("\n{}\n{details}", report.package.folder_name());
        }
    }
    let failed = reports.iter().filter(|report| report.is_failure());
    let failed: Vec<_> = failed.map(|report| report.package.folder_name()).collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!(
        "these compile as they are, and not with our attributes: {}",
        failed.join(", ")
    ))
}

/// Checks one crate as it is, and then in each mode.
fn examine(workspace: &Workspace, package: Package, mut copy: Copy) -> Result<Report, String> {
    let mut results = Vec::new();
    for mode in Mode::ALL {
        let started = Instant::now();
        let attempt = attempt(workspace, &package, &mut copy, mode)?;
        let compiles = attempt.compiles();
        results.push(ModeResult {
            mode,
            attempt,
            seconds: started.elapsed().as_secs_f32(),
        });
        if mode == Mode::Plain && !compiles {
            break;
        }
    }
    copy.write(Mode::Plain)?;
    let is_async = |candidate: &&Candidate| candidate.function.is_async;
    Ok(Report {
        functions: copy.candidates().count(),
        asynchronous: copy.candidates().filter(is_async).count(),
        unparsed: copy.unparsed,
        package,
        results,
    })
}

/// Annotates and checks, and leaves out what fails: until the rest compiles, since an error in one
/// function hides those of later passes of the compiler in all others.
fn attempt(
    workspace: &Workspace,
    package: &Package,
    copy: &mut Copy,
    mode: Mode,
) -> Result<Attempt, String> {
    copy.candidates_mut()
        .for_each(|candidate| candidate.is_left_out = false);
    let mut attempt = Attempt::default();
    for _ in 0..ROUNDS {
        copy.write(mode)?;
        let outcome = match check::check(workspace, package, copy) {
            Ok(outcome) => outcome,
            Err(message) => {
                attempt.elsewhere.push(Diagnostic::of_cargo(message));
                break;
            }
        };
        attempt.warnings = outcome.warnings;
        attempt.elsewhere.clear();
        let mut goes_on = false;
        for reason in outcome.errors {
            let Some(function) = copy.leave_out(mode, reason.place.as_ref()) else {
                attempt.elsewhere.push(reason);
                continue;
            };
            goes_on = true;
            let left_out = LeftOut { function, reason };
            if left_out.reason.is_refusal {
                attempt.refused.push(left_out);
            } else {
                attempt.failed.push(left_out);
            }
        }
        if !goes_on {
            break;
        }
    }
    Ok(attempt)
}
