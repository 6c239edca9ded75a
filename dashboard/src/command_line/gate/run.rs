//! Running the gate.

use std::path::Path;

use serde::Serialize;
use whose_store::{Query, Reader, Remaining};

use super::args::CoverageArgs;
use super::baseline::{Baseline, BaselineError, write_baseline};
use super::report::{GateFailure, GateReport, count_by_entry};
use super::sites::{self, UncoveredSite};
use crate::command_line::cli::Options;
use crate::command_line::error::CommandError;
use crate::command_line::printer::{PrintedRows, Printer};
use crate::command_line::views;
use crate::values::pluralize;

/// Writes the baseline, checks the share, and prints the new call sites, as the arguments state.
pub(crate) fn run(
    reader: &Reader,
    query: &Query,
    options: &Options,
    arguments: &CoverageArgs,
    printer: &mut Printer<'_>,
) -> Result<(), CommandError> {
    let baseline = match &arguments.baseline {
        Some(path) if !arguments.write_baseline => Some(load_baseline(path)?),
        _ => None,
    };
    let (sites, sums) = sites::load(reader, &query.unlimited(), arguments.by)?;
    let baseline = match &arguments.baseline {
        Some(path) if arguments.write_baseline => {
            // An empty baseline would look as if every record had a user.
            if sums.records == 0 {
                return Err(GateFailure::Nothing(arguments.by).into());
            }
            let is_alone = arguments.fail_under.is_none();
            Some(write(path, &sites, options.json, is_alone, printer)?)
        }
        _ => baseline,
    };
    let Some(required) = arguments.fail_under else {
        return Ok(());
    };
    let report = GateReport::new(arguments.by, (sites, sums), baseline.as_ref(), required);
    print(&report, options, printer)?;
    printer.flush()?;
    report
        .failure()
        .map_or(Ok(()), |failure| Err(failure.into()))
}

fn load_baseline(path: &Path) -> Result<Baseline, CommandError> {
    Baseline::load(path).map_err(|source| baseline_error(path, source))
}

fn baseline_error(path: &Path, source: BaselineError) -> CommandError {
    CommandError::Baseline {
        path: path.to_path_buf(),
        source,
    }
}

/// Writes the baseline, and prints the number of its call sites.
fn write(
    path: &Path,
    sites: &[UncoveredSite],
    is_json: bool,
    is_alone: bool,
    printer: &mut Printer<'_>,
) -> Result<Baseline, CommandError> {
    let counts = count_by_entry(sites);
    let call_sites: usize = counts.values().sum();
    let baseline = Baseline::new(counts);
    write_baseline(path, &baseline).map_err(|source| baseline_error(path, source))?;
    let line = format!(
        "wrote {path:?}: {} without a user",
        pluralize(call_sites as u64, "call site")
    );
    match (is_json, is_alone) {
        (false, _) => printer.print_text(&format!("{line}\n"))?,
        // The report of the check is the JSON on stdout.
        (true, false) => eprintln!("whose: {line}"),
        (true, true) => {
            #[derive(Serialize)]
            struct Written<'a> {
                baseline: &'a Path,
                call_sites: usize,
            }
            let written = Written {
                baseline: path,
                call_sites,
            };
            printer.print_json_value(&written, || None)?;
        }
    }
    Ok(baseline)
}

fn print(
    report: &GateReport,
    options: &Options,
    printer: &mut Printer<'_>,
) -> Result<(), CommandError> {
    let limit = match options.limit {
        0 => usize::MAX,
        limit => limit,
    };
    let more = Remaining::from(report.candidates.len().saturating_sub(limit) as u64);
    if options.json {
        printer.print_json_value(&report.to_json(limit), || None)?;
        return printer.warn_about_more(&more);
    }
    let sites = report.candidates.iter().take(limit).cloned().map(Ok);
    let (rows, last) =
        printer.print_table(sites, views::uncovered_sites(report.unit), |_| Ok(()))?;
    printer.print_notes(views::gate_notes(report), &PrintedRows { rows, last, more })
}
