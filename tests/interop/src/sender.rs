//! The ways to send: each one is a process of its own, set up by the environment alone.

use std::env;
use std::path::PathBuf;
use std::process::Command;

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
    /// The ways by OTLP.
    pub const BY_OTLP: [Self; 2] = [Self::Otlp, Self::OpenTelemetry];

    /// The name on the command line of the sender.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Otlp => "whose-otlp",
            Self::OpenTelemetry => "whose-opentelemetry",
            Self::Sentry => "whose-sentry",
        }
    }

    /// Runs the visits of this name in a process that sends them this way, and waits for its end.
    ///
    /// # Panics
    ///
    /// If the process cannot start, or fails.
    pub fn send(self, run_name: &str, environment: &[(&str, &str)]) {
        let mut command = Command::new(beside_this_program("interop-send"));
        command
            .args([self.name(), run_name])
            .envs(environment.iter().copied());
        run(&mut command);
    }
}

/// Runs a program to its end.
///
/// # Panics
///
/// If the program cannot start, or fails.
pub fn run(command: &mut Command) {
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
#[must_use]
pub fn beside_this_program(name: &str) -> PathBuf {
    env::current_exe()
        .unwrap_or_else(|error| panic!("the path of this program: {error}"))
        .with_file_name(name)
}
