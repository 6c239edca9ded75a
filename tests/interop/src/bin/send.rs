//! Makes the visits of several users, and sends their spans the way that the first argument names. The
//! second argument is the name of the run. The environment sets the receiver, as in any program that
//! exports by OTLP (`OTEL_EXPORTER_OTLP_ENDPOINT` and others).

use std::process::ExitCode;
use std::time::Duration;

use tracing_subscriber::prelude::*;
use whose_interop::sender::Way;
use whose_interop::visit;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [way, run] = &arguments[..] else {
        eprintln!("usage: interop-send WAY RUN");
        return ExitCode::FAILURE;
    };
    let Some(way) = Way::ALL.into_iter().find(|known| known.name() == way) else {
        eprintln!("no way {way}");
        return ExitCode::FAILURE;
    };
    match way {
        Way::Otlp => by_whose_otlp(run),
        Way::OpenTelemetry => by_whose_opentelemetry(run),
    }
    ExitCode::SUCCESS
}

/// The time that a receiver has to take the last spans.
const SHUTDOWN: Duration = Duration::from_secs(60);

fn by_whose_otlp(run: &str) {
    let sink = whose_otlp::builder().openinference().build();
    tracing_subscriber::registry()
        .with(whose::layer().with_sink(sink))
        .init();
    visit::run(run);
    let outcome = whose::shutdown(SHUTDOWN);
    assert!(
        outcome.is_complete(),
        "not all spans were sent: {outcome:?}"
    );
}

fn by_whose_opentelemetry(run: &str) {
    todo!("{run}")
}
