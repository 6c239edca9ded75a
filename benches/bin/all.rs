//! Every benchmark: `cargo bench -p whose-benches [-- --quick] [FILTER]`.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use whose_benches::failure::Failure;
use whose_benches::report::{bars, curves, lines, readme};
use whose_benches::results::{Figure, Results, compare};
use whose_benches::rows::{NAMES, pipeline, polls};
use whose_benches::sampler::{Sampler, sizes};
use whose_benches::{instructions, machine, op, worker};

/// Measures this crate beside its peers.
///
/// Writes `results.json` and `results.md` beside the benchmarks, and the section about speed of the
/// README with its plots: all of it where everything was measured thoroughly, and otherwise only
/// prints the table.
#[derive(Debug, Parser)]
#[command(name = "cargo bench -p whose-benches --", max_term_width = 100)]
struct Options {
    /// Measure only what has this in its name, such as `scopes` or `growth / a span`
    #[arg(default_value = "")]
    filter: String,
    /// Take few samples: rough figures
    #[arg(long)]
    quick: bool,
    /// Measure nothing: write the README and the plots again from `results.json`
    #[arg(long, conflicts_with_all = ["filter", "quick"])]
    render: bool,
    /// What cargo says to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let done = match worker::asked() {
        Some((setup, folder)) => worker::serve(&setup, &folder, None),
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
        counting: env!("CARGO_BIN_EXE_counting").into(),
        folder: concat!(env!("CARGO_TARGET_TMPDIR"), "/benches").into(),
        quick: options.quick,
    };
    let mut ops = op::all();
    ops.retain(|op| op.key().contains(&options.filter));
    let mut pipelines = pipeline::all();
    let name = |name: &str| format!("{} / {name}", pipeline::ROW);
    pipelines.retain(|pipeline| name(pipeline.name).contains(&options.filter));

    let mut figures = sampler.ops(&ops)?;
    if polls::ROW.contains(&options.filter) {
        figures.extend(sizes());
    }
    figures.extend(sampler.pipelines(&pipelines)?);
    if !options.quick {
        add_instructions(&options.filter, &mut figures)?;
    }
    figures.sort_by_key(|figure| NAMES.iter().position(|name| *name == figure.row));
    compare(&mut figures);
    Ok(Results {
        machine: machine::describe(),
        quick: options.quick,
        figures,
    })
}

/// Fills in what valgrind counts.
fn add_instructions(filter: &str, figures: &mut [Figure]) -> Result<(), Failure> {
    if !instructions::can_count() {
        eprintln!("no valgrind: instructions are not counted");
        return Ok(());
    }
    let ops = instructions::operations(filter);
    eprintln!("counting the instructions of {} operations", ops.len());
    let counts = instructions::count(Path::new(env!("CARGO_BIN_EXE_instructions")), &ops)?;
    for op in &ops {
        let is_it = |figure: &&mut Figure| {
            (&*figure.row, &*figure.case, &*figure.contender) == (op.row, op.case, op.contender)
        };
        if let Some(figure) = figures.iter_mut().find(is_it) {
            figure.instructions = counts.get(&op.key()).copied();
        }
    }
    Ok(())
}

/// Writes what is made from the results.
fn render(folder: &Path, results: &Results) -> Result<(), Failure> {
    let all = format!("{}\n{}", results.table(), curves::table(results));
    std::fs::write(folder.join("results.md"), all)?;
    std::fs::write(folder.join("speed.svg"), bars::draw(results))?;
    std::fs::write(folder.join("growth.svg"), lines::draw(results))?;
    let path = folder.join("../README.md");
    let readme = std::fs::read_to_string(&path)?;
    let readme = readme::replaced(&readme, &readme::section(results));
    std::fs::write(
        path,
        readme.ok_or("the README has no marks for the section about speed")?,
    )?;
    Ok(())
}
