//! Runs random programs for a given number of events: `cargo run --release -p whose-tests --example
//! long_run -- --events 100000000`.
//!
//! A current-thread runtime emits half of the events, and a multi-thread runtime the other half.
//! `--only multi-thread` runs that half alone. `--seed` starts with the programs of an earlier run.
//! The exit code is 1 if a record is wrong or missing.

use std::num::ParseIntError;
use std::process::ExitCode;
use std::time::Instant;

use whose_tests::stress::{Flavour, stress};

/// The number that follows an option.
fn argument(name: &str) -> Result<Option<u64>, ParseIntError> {
    let mut after = std::env::args().skip_while(|argument| argument != name);
    after.nth(1).map(|number| number.parse()).transpose()
}

fn main() -> ExitCode {
    let (events, seed) = match (argument("--events"), argument("--seed")) {
        (Ok(events), Ok(seed)) => (events, seed),
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("--events and --seed take numbers: {error}");
            return ExitCode::from(2);
        }
    };
    let events = events.unwrap_or(1_000_000);
    let seed = seed.unwrap_or_else(|| fastrand::u64(..1 << 32));
    println!("seed {seed}");
    std::panic::set_hook(Box::new(|info| {
        if info.payload().downcast_ref::<&str>() != Some(&"on purpose") {
            eprintln!("{info}");
        }
    }));
    let mut is_right = true;
    let flavours = [Flavour::CurrentThread, Flavour::MultiThread];
    let only = std::env::args()
        .skip_while(|argument| argument != "--only")
        .nth(1);
    let is_wanted = |flavour: &Flavour| only.as_ref().is_none_or(|only| only == flavour.name());
    for flavour in flavours.into_iter().filter(is_wanted) {
        let (begun, name) = (Instant::now(), flavour.name());
        let progress = |events, wrong| println!("{name}: {events} events so far, wrong {wrong}");
        match stress(flavour, events / 2, seed, progress) {
            Ok(count) => {
                println!("{name}: {count}, {} s", begun.elapsed().as_secs());
                println!("{}", count.examples.join("\n"));
                is_right &= count.wrong == 0 && count.missing == 0;
            }
            Err(error) => {
                eprintln!("{name}: {error}");
                return ExitCode::from(2);
            }
        }
    }
    ExitCode::from(u8::from(!is_right))
}
