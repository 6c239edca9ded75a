//! The generated workspace, and the calls of cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::contenders::{CONTENDERS, Contender};
use crate::functions;

/// The folder of this package.
const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// The packages whose versions are printed.
const MEASURED: [&str; 3] = ["whose", "tracing", "fastrace"];

/// The way to compile a crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// To machine code.
    Build,
    /// Up to the errors of the compiler.
    Check,
}

impl Mode {
    /// Both modes.
    pub(crate) const ALL: [Self; 2] = [Self::Build, Self::Check];

    /// Returns the subcommand of cargo.
    pub(crate) fn command(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Check => "check",
        }
    }

    /// Returns the word that cargo prints before the name of a crate.
    fn announced(self) -> &'static str {
        match self {
            Self::Build => "Compiling ",
            Self::Check => "Checking ",
        }
    }
}

/// A workspace with a crate for each contender.
#[derive(Debug)]
pub(crate) struct Workspace {
    folder: PathBuf,
    functions: u32,
}

impl Workspace {
    /// Writes a workspace with `functions` functions in each crate.
    pub(crate) fn write(folder: &Path, functions: u32) -> Result<Self, String> {
        let workspace = Self {
            folder: folder.into(),
            functions,
        };
        let members = CONTENDERS.each_ref().map(|contender| contender.name);
        write(&folder.join("Cargo.toml"), &root_manifest(&members))?;
        for contender in &CONTENDERS {
            let manifest = folder.join(contender.name).join("Cargo.toml");
            write(&manifest, &member_manifest(contender))?;
            workspace.write_source(contender)?;
        }
        workspace.take_lock()?;
        Ok(workspace)
    }

    /// Copies the lock file of the project, so that `tracing` has the tested version. The copy stays
    /// until the original changes: a new resolution would need the network.
    fn take_lock(&self) -> Result<(), String> {
        let original = read(&Path::new(HERE).with_file_name("Cargo.lock"))?;
        let taken = self.folder.join("Cargo.lock.taken");
        if fs::read_to_string(&taken).is_ok_and(|taken| taken == original) {
            return Ok(());
        }
        write(&self.folder.join("Cargo.lock"), &original)?;
        write(&taken, &original)
    }

    fn write_source(&self, contender: &Contender) -> Result<(), String> {
        let path = self.folder.join(contender.name).join("lib.rs");
        write(&path, &functions::source(contender, self.functions))
    }

    /// Builds and checks everything including the dependencies, and downloads missing ones.
    pub(crate) fn build_all(&self) -> Result<(), String> {
        for mode in Mode::ALL {
            self.cargo(&[mode.command(), "--workspace"])?;
        }
        Ok(())
    }

    /// Compiles the contender's crate alone, and returns the duration.
    pub(crate) fn compile(&self, contender: &Contender, mode: Mode) -> Result<Duration, String> {
        // A new modification time makes cargo compile the crate again.
        self.write_source(contender)?;
        let package = contender.package();
        let start = Instant::now();
        let log = self.cargo(&[mode.command(), "--frozen", "--package", &package])?;
        let time = start.elapsed();
        let compiled: Vec<&str> = log
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix(mode.announced()))
            .collect();
        match compiled[..] {
            [one] if one.starts_with(&package) => Ok(time),
            _ => Err(format!(
                "`cargo {}` should compile {package} alone, but compiled {compiled:?}",
                mode.command(),
            )),
        }
    }

    /// Runs the cargo that runs this program, and returns its standard error.
    fn cargo(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_QUIET", "false")
            // A compilation cache would change the result.
            .env("RUSTC_WRAPPER", "");
        let output = command
            .output()
            .map_err(|error| format!("cannot start {command:?}: {error}"))?;
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            return Ok(log);
        }
        Err(format!("{command:?} ended with {}:\n{log}", output.status))
    }

    /// Returns the measured versions.
    pub(crate) fn versions(&self) -> Result<String, String> {
        let lock = read(&self.folder.join("Cargo.lock"))?;
        let versions = MEASURED.map(|name| {
            let version = locked(&lock, name).unwrap_or("?");
            format!("{name} {version}")
        });
        Ok(versions.join(", "))
    }
}

fn root_manifest(members: &[&str]) -> String {
    format!(
        "\
[workspace]
resolver = \"3\"
members = {members:?}

[workspace.package]
edition = \"2024\"

[workspace.dependencies]
fastrace = {{ version = \"0.7.19\", features = [\"enable\"] }}
tracing = \"0.1.44\"
whose = {{ path = {:?} }}
",
        Path::new(HERE).with_file_name("runtime")
    )
}

/// All crates have the same dependencies, so that the work of cargo is the same. The compiler loads
/// only the dependencies that a crate uses.
fn member_manifest(contender: &Contender) -> String {
    format!(
        "\
[package]
name = \"{}\"
edition.workspace = true

[lib]
path = \"lib.rs\"

[dependencies]
fastrace.workspace = true
tracing.workspace = true
whose.workspace = true
",
        contender.package()
    )
}

/// Returns the version of a package in a `Cargo.lock`.
fn locked<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, package) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    package.split('"').next()
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::locked;

    #[test]
    fn locked_version_ignores_packages_with_longer_names() {
        let lock = "name = \"tracing-core\"\nversion = \"1.0.0\"\n\nname = \"tracing\"\nversion = \"2.0.0\"\n";
        assert_eq!(locked(lock, "tracing"), Some("2.0.0"));
        assert_eq!(locked(lock, "log"), None);
    }
}
