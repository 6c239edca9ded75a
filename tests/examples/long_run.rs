//! Random programs for as long as it takes: `cargo run --release -p whose-tests --example long_run --
//! --events 100000000`. Half of the events are of a current-thread runtime, half of a multi-thread
//! one. Ends with 1 where anything is wrong or missing.

use std::process::ExitCode;
use std::time::Instant;

use whose_tests::storm::{Flavour, storm};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--events");
    let events = match arguments.nth(1).map(|events| events.parse::<u64>()) {
        Some(Ok(events)) => events,
        None => 1_000_000,
        Some(Err(error)) => {
            eprintln!("--events takes a number: {error}");
            return ExitCode::from(2);
        }
    };
    std::panic::set_hook(Box::new(|info| {
        if info.payload().downcast_ref::<&str>() != Some(&"on purpose") {
            eprintln!("{info}");
        }
    }));
    let mut is_right = true;
    for flavour in [Flavour::CurrentThread, Flavour::MultiThread] {
        let (begun, name) = (Instant::now(), flavour.name());
        let progress = |events| println!("{name}: {events} events so far");
        match storm(flavour, events / 2, fastrand::u64(..1 << 32), progress) {
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
