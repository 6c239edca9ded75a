//! All benchmarks: `cargo bench -p whose-benches [-- --quick] [FILTER]`.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use whose_benches::failure::Failure;
use whose_benches::report::{bars, curves, lines, summary};
use whose_benches::results::{Figure, Results, compare};
use whose_benches::rows::{pipelines, polls};
use whose_benches::sampler::{Sampler, future_sizes};
use whose_benches::{catalog, instructions, machine, worker};

/// Measures `whose` beside its peers.
///
/// Prints a table. A full run also writes `results.json`, `results.md`, the plots, and the sections
/// about speed in the two READMEs.
#[derive(Debug, Parser)]
#[command(name = "cargo bench -p whose-benches --", max_term_width = 100)]
struct Options {
    /// Measure only benchmarks whose keys contain this text, such as `scopes` or `growth / a span`
    #[arg(default_value = "")]
    filter: String,
    /// Take few samples, for rough figures
    #[arg(long)]
    quick: bool,
    /// Measure nothing: write the tables and the plots again from `results.json`
    #[arg(long, conflicts_with_all = ["filter", "quick"])]
    render: bool,
    /// The argument that cargo passes to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let done = match worker::Arguments::from_env() {
        Some(arguments) => worker::serve(&arguments, None),
        None => run(&Options::parse()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("benchmarks: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    if options.render {
        let json = std::fs::read_to_string(folder.join("results.json"))?;
        return render(folder, &serde_json::from_str(&json)?);
    }
    let results = measure(options)?;
    print!("{}\n{}", results.table(), curves::table(&results));
    if options.filter.is_empty() && !options.quick {
        let json = serde_json::to_string_pretty(&results)? + "\n";
        std::fs::write(folder.join("results.json"), json)?;
        render(folder, &results)?;
    }
    Ok(())
}

fn measure(options: &Options) -> Result<Results, Failure> {
    let sampler = Sampler {
        timing: env::current_exe()?,
        process_allocations: env!("CARGO_BIN_EXE_alloc_worker").into(),
        thread_allocations: env!("CARGO_BIN_EXE_thread_alloc_worker").into(),
        folder: concat!(env!("CARGO_TARGET_TMPDIR"), "/benches").into(),
        quick: options.quick,
    };
    let mut benchmarks = catalog::benchmarks();
    benchmarks.retain(|benchmark| benchmark.key().contains(&options.filter));
    let mut pipelines = catalog::pipelines();
    let key = |name: &str| format!("{} / {name}", pipelines::ROW);
    pipelines.retain(|pipeline| key(pipeline.name).contains(&options.filter));

    let mut figures = sampler.benchmarks(&benchmarks)?;
    if polls::ROW.contains(&options.filter) {
        figures.extend(future_sizes());
    }
    figures.extend(sampler.pipelines(&pipelines)?);
    if !options.quick {
        add_instructions(&options.filter, &mut figures)?;
    }
    figures.sort_by_key(|figure| catalog::ROWS.iter().position(|name| *name == figure.row));
    compare(&mut figures);
    Ok(Results {
        machine: machine::describe(),
        quick: options.quick,
        figures,
    })
}

/// Adds the instruction counts to the figures.
fn add_instructions(filter: &str, figures: &mut [Figure]) -> Result<(), Failure> {
    if !instructions::is_available() {
        eprintln!("valgrind is not installed: instructions are not counted");
        return Ok(());
    }
    let benchmarks = instructions::benchmarks(filter);
    eprintln!(
        "counting the instructions of {} benchmarks",
        benchmarks.len()
    );
    let program = Path::new(env!("CARGO_BIN_EXE_instructions"));
    let counts = instructions::count(program, &benchmarks)?;
    for one in &benchmarks {
        let matches = |figure: &&mut Figure| {
            (&*figure.row, &*figure.case, &*figure.contender) == (one.row, one.case, one.contender)
        };
        if let Some(figure) = figures.iter_mut().find(matches) {
            figure.instructions = counts.get(&one.key()).copied();
        }
    }
    Ok(())
}

/// Writes the tables and the plots.
fn render(folder: &Path, results: &Results) -> Result<(), Failure> {
    let tables = format!("{}\n{}", results.table(), curves::table(results));
    std::fs::write(folder.join("results.md"), tables)?;
    std::fs::write(folder.join("speed.svg"), bars::draw(results))?;
    std::fs::write(folder.join("growth.svg"), lines::draw(results))?;
    write_section(&folder.join("README.md"), &summary::table(results))?;
    write_section(&folder.join("../README.md"), &summary::headlines(results))
}

fn write_section(readme: &Path, section: &str) -> Result<(), Failure> {
    let text = std::fs::read_to_string(readme)?;
    let text = summary::replace_section(&text, section)
        .ok_or_else(|| format!("{}: no marks for the section about speed", readme.display()))?;
    std::fs::write(readme, text)?;
    Ok(())
}
