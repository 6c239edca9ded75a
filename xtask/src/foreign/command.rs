//! The command: which crates, one after another, and what is printed.

use std::time::Instant;

use super::check::{self, Outcome};
use super::crates::{ALL, QUICK};
use super::mode::Mode;
use super::package::{Package, Tree};
use super::report::{self, ModeResult, Refused, Report};
use super::workspace::{Copy, Workspace};

/// Rounds of leaving out what was refused: a refusal can hide others.
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
        let (outcome, refused) = attempt(workspace, &package, &mut copy, mode)?;
        let fails = !matches!(&outcome, Ok(outcome) if outcome.errors.is_empty());
        results.push(ModeResult {
            mode,
            outcome,
            refused,
            seconds: started.elapsed().as_secs_f32(),
        });
        if mode == Mode::Plain && fails {
            break;
        }
    }
    copy.write(Mode::Plain)?;
    let is_async = |candidate: &&super::workspace::Candidate| candidate.function.is_async;
    Ok(Report {
        functions: copy.candidates().count(),
        asynchronous: copy.candidates().filter(is_async).count(),
        unparsed: copy.unparsed,
        package,
        results,
    })
}

type Attempt = (Result<Outcome, String>, Vec<Refused>);

/// Annotates and checks, again and again until no function is refused.
fn attempt(
    workspace: &Workspace,
    package: &Package,
    copy: &mut Copy,
    mode: Mode,
) -> Result<Attempt, String> {
    copy.candidates_mut()
        .for_each(|candidate| candidate.is_refused = false);
    let mut refused = Vec::new();
    for _ in 0..ROUNDS {
        copy.write(mode)?;
        let mut outcome = match check::check(workspace, package, copy) {
            Ok(outcome) => outcome,
            Err(error) => return Ok((Err(error), refused)),
        };
        let before = refused.len();
        let (refusals, errors) = outcome
            .errors
            .into_iter()
            .partition::<Vec<_>, _>(|error| error.is_refusal);
        outcome.errors = errors;
        for reason in refusals {
            match copy.leave_out(reason.place.as_ref()) {
                Some(function) => refused.push(Refused { function, reason }),
                None => outcome.errors.push(reason),
            }
        }
        if refused.len() == before {
            return Ok((Ok(outcome), refused));
        }
    }
    Ok((
        Err(format!("functions are refused after {ROUNDS} rounds")),
        refused,
    ))
}
