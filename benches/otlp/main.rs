//! Delivered spans for each second of CPU time of the sender: `whose-otlp` beside
//! `tracing-opentelemetry` with the batch processor and the exporter of OpenTelemetry, both by OTLP over
//! HTTP to the same receiver. The last senders are that layer without and with `whose-opentelemetry` around
//! it, which is the cost of the integration.
//!
//! `cargo run --profile bench -p whose-benches --no-default-features --features otlp --bin otlp`
//!
//! The receiver and each run of a sender are processes of their own. The senders take turns. One thread
//! makes requests of ten spans; each span has the user, the session and one more field. No queue is
//! smaller than the run, so that nobody drops a span. The CPU time covers everything from the first span
//! until the last one is acknowledged.

mod receiver;
mod sender;

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use whose_benches::failure::Failure;

/// How often each sender runs.
const ROUNDS: usize = 7;

/// One run of a sender.
#[derive(Clone, Copy)]
struct Run {
    delivered: u64,
    cpu_nanos: u64,
}

impl Run {
    /// Delivered spans for each second of CPU time.
    fn rate(self) -> f64 {
        self.delivered as f64 * 1e9 / self.cpu_nanos as f64
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["receiver"] => receiver::serve(),
        ["sender", name, url] => sender::run(name, url),
        _ => compare(),
    }
}

fn compare() -> Result<(), Failure> {
    let mut receiver = start(&["receiver"])?;
    let url = line(&mut receiver.1)?;
    let mut runs = vec![Vec::new(); sender::NAMES.len()];
    for _ in 0..ROUNDS {
        for (name, runs) in sender::NAMES.iter().zip(&mut runs) {
            let mut sender = start(&["sender", name, &url])?;
            let cpu_nanos = line(&mut sender.1)?.parse()?;
            sender.0.wait()?;
            let delivered = receiver::take_count(&url)?;
            runs.push(Run {
                delivered,
                cpu_nanos,
            });
        }
    }
    receiver.0.kill()?;
    let mut rates = Vec::new();
    for (name, runs) in sender::NAMES.iter().zip(&mut runs) {
        runs.sort_by(|one, other| one.rate().total_cmp(&other.rate()));
        let median = runs[runs.len() / 2];
        println!(
            "{name:40} {:>9} of {} spans delivered, {:>6.0} ns of CPU time a span, {:>5.2} M spans a CPU second",
            median.delivered,
            sender::SPANS,
            1e9 / median.rate(),
            median.rate() / 1e6
        );
        rates.push(median.rate());
    }
    let rate_of = |name: &str| {
        let at = sender::NAMES.iter().position(|known| *known == name);
        at.map(|at| rates[at]).ok_or("a sender is missing")
    };
    for name in &sender::NAMES[1..3] {
        println!(
            "{} delivers {:.2} times as many as {name}",
            sender::NAMES[0],
            rates[0] / rate_of(name)?
        );
    }
    for (name, with_ours) in [
        (sender::LEAN, sender::LEAN_WITH_OURS),
        (sender::DEFAULT, sender::DEFAULT_WITH_OURS),
    ] {
        println!(
            "a span of {with_ours} takes {:.2} of the CPU time of one whose user is a field",
            rate_of(name)? / rate_of(with_ours)?
        );
    }
    Ok(())
}

fn start(arguments: &[&str]) -> Result<(Child, BufReader<ChildStdout>), Failure> {
    let mut command = Command::new(env::current_exe()?);
    let mut child = command.args(arguments).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().ok_or("the process has no output")?;
    Ok((child, BufReader::new(output)))
}

fn line(output: &mut BufReader<ChildStdout>) -> Result<String, Failure> {
    let mut line = String::new();
    output.read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
