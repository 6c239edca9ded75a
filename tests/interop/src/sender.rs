//! The ways to send: each one is a process of its own, set up by the environment alone.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::visit::{self, Calls, Visit};

/// A way from `whose` to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `whose-otlp`, which needs no OpenTelemetry SDK.
    Otlp,
    /// `tracing-opentelemetry` and OpenTelemetry's own exporter, with `whose-opentelemetry`.
    OpenTelemetry,
    /// Sentry's SDK, with `whose-sentry`, to the Spotlight that `SENTRY_SPOTLIGHT` names.
    Sentry,
}

impl Way {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Otlp, Self::OpenTelemetry, Self::Sentry];

    /// The name on the command line of the sender.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Otlp => "whose-otlp",
            Self::OpenTelemetry => "whose-opentelemetry",
            Self::Sentry => "whose-sentry",
        }
    }
}

/// Visits that one process sends.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The name, which the ids of the sessions begin with.
    pub name: &'static str,
    /// How the process sends.
    pub way: Way,
    /// How the process reports its model calls.
    pub calls: Calls,
}

impl Run {
    /// The runs by OTLP over HTTP.
    pub const BY_OTLP: [Self; 4] = [
        Self::new("whose-otlp", Way::Otlp, Calls::Fields),
        Self::new("whose-otlp-usage", Way::Otlp, Calls::Usage),
        Self::new("whose-opentelemetry", Way::OpenTelemetry, Calls::Fields),
        Self::new(
            "whose-opentelemetry-usage",
            Way::OpenTelemetry,
            Calls::Usage,
        ),
    ];

    /// A run of this name.
    #[must_use]
    pub const fn new(name: &'static str, way: Way, calls: Calls) -> Self {
        Self { name, way, calls }
    }

    /// The visits of the run.
    #[must_use]
    pub fn visits(self) -> Vec<Visit> {
        visit::visits(self.name, self.calls)
    }

    /// Runs the visits in a process of its own, and waits for its end.
    ///
    /// # Panics
    ///
    /// If the process cannot start, or fails.
    pub fn send(self, environment: &[(&str, &str)]) {
        let mut command = Command::new(beside_this_program("interop-send"));
        command.args([self.way.name(), self.name, self.calls.name()]);
        run(command.envs(environment.iter().copied()));
    }
}

/// Runs a program to its end.
///
/// # Panics
///
/// If the program cannot start, or fails.
fn run(command: &mut Command) {
    let status = command
        .status()
        .unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
    assert!(status.success(), "{command:?} ended with {status}");
}

/// The path of another program of the same build.
///
/// # Panics
///
/// If the system does not know the path of this program.
fn beside_this_program(name: &str) -> PathBuf {
    env::current_exe()
        .unwrap_or_else(|error| panic!("the path of this program: {error}"))
        .with_file_name(name)
}
