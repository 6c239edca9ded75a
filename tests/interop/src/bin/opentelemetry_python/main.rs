//! Calls a service with OpenTelemetry's Python SDK, and is called by it: the trace goes on, and the
//! baggage has the user where the settings allow it.
//!
//! The argument is the URL of that service.

mod inbound;
mod outbound;
mod telemetry;

use std::process::ExitCode;

use whose_interop::tally::Report;

use telemetry::Telemetry;

fn main() -> ExitCode {
    let Some(url) = std::env::args().nth(1) else {
        eprintln!("usage: interop-opentelemetry-python URL");
        return ExitCode::FAILURE;
    };
    let telemetry = Telemetry::install();
    let mut report = Report::default();
    let runtime = tokio::runtime::Runtime::new();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
    runtime.block_on(async {
        outbound::check(&url, &telemetry, &mut report).await;
        inbound::check(&url, &telemetry, &mut report).await;
    });
    report.exit_code()
}
