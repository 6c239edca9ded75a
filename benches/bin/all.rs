//! Every benchmark: `cargo bench -p whose-benches [-- --quick] [FILTER]`.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use whose_benches::failure::Failure;
use whose_benches::results::{Results, compare};
use whose_benches::rows::{NAMES, pipeline, polls};
use whose_benches::sampler::{Sampler, sizes};
use whose_benches::{machine, op};

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
    /// What cargo says to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("benchmarks: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Failure> {
    let sampler = Sampler {
        timing: env!("CARGO_BIN_EXE_worker").into(),
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
    figures.sort_by_key(|figure| NAMES.iter().position(|name| *name == figure.row));
    compare(&mut figures);
    let results = Results {
        machine: machine::describe(),
        quick: options.quick,
        figures,
    };
    print!("{}", results.table());
    if options.filter.is_empty() && !options.quick {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::write(
            folder.join("results.json"),
            serde_json::to_string_pretty(&results)? + "\n",
        )?;
        std::fs::write(folder.join("results.md"), results.table())?;
    }
    Ok(())
}
