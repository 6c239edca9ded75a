//! One service under load, and every tool beside it.
//!
//! 200 requests of 50 users run at once, with streams, spawned tasks, thread pools, queues, gRPC,
//! panics, late logins and logouts. The clients know the user of each request. The program counts, for
//! each tool, the spans and events with the right user, without a user for a valid reason, with another
//! user, and without the user that they should have. The last two have to be 0.
//!
//! ```sh
//! cargo run -p every-tool -- 2200
//! ```

mod report;
mod subscriber;
mod tools;

use std::error::Error;
use std::process::ExitCode;

use live_service::{ALL_KINDS, Load, install_panic_hook};
use tokio::runtime::{Builder, Runtime};

use report::Report;
use tools::Tools;

const REQUESTS: usize = 2_200;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let requests = match std::env::args().nth(1) {
        Some(requests) => requests
            .parse()
            .map_err(|_| format!("usage: every-tool [REQUESTS], and not `{requests}`"))?,
        None => REQUESTS,
    };
    let tools = Tools::start()?;
    subscriber::install(&tools)?;
    install_panic_hook();
    let threads = Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()?;
    let one = Builder::new_current_thread().enable_all().build()?;
    let reports = [
        run("many threads", &threads, requests, &tools)?,
        run("one thread", &one, requests, &tools)?,
    ];
    let is_right = reports.iter().all(Report::is_right);
    Ok(if is_right {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs the service once, and prints what each tool shows.
fn run(
    name: &'static str,
    runtime: &Runtime,
    requests: usize,
    tools: &Tools,
) -> Result<Report, Box<dyn Error>> {
    let load = Load {
        name,
        kinds: ALL_KINDS,
        requests,
        forgotten: None,
        opens_connections_first: false,
    };
    let known = runtime.block_on(load.send(tools.recorder()));
    let report = Report::of(name, &known, &tools.take()?);
    println!("{report}");
    Ok(report)
}
