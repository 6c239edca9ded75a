//! What the servers need, installed from the package registries into the build folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An installation that several servers share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Environment {
    /// The packages of `tests/interop/python/requirements.txt`.
    Python,
    /// The packages of `tests/interop/node/package-lock.json`.
    Node,
}

/// Installs the Python packages: a tenth of the time that `pip` takes.
const UV: &str = "uv==0.13.9";

/// The files beside the packages of npm.
const NODE_FILES: [&str; 3] = ["package.json", "package-lock.json", "server.mjs"];

/// The file in an installation that holds what was installed.
const STAMP: &str = "installed.txt";

/// Installs the packages, unless the build folder has them. Returns the folder of the programs.
pub(super) fn install(environment: Environment, folder: &Path) -> Result<PathBuf, String> {
    if !cfg!(unix) {
        return Err("the servers run on Unix alone".into());
    }
    match environment {
        Environment::Python => python(&folder.join("python")),
        Environment::Node => node(&folder.join("node")),
    }
}

fn python(folder: &Path) -> Result<PathBuf, String> {
    let version = output(Command::new("python3").args([
        "-c",
        "import sys; assert sys.version_info >= (3, 11), 'Python 3.11 or later'; print(sys.version)",
    ]))?;
    let requirements = sources().join("python/requirements.txt");
    let programs = folder.join("bin");
    let wanted = format!("{version}\n{UV}\n{}", read(&requirements)?);
    if is_installed(folder, &wanted) {
        return Ok(programs);
    }
    remove(folder)?;
    quietly(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let pip = ["-m", "pip", "install", "--quiet", UV];
    quietly(Command::new(programs.join("python")).args(pip))?;
    let mut uv = Command::new(programs.join("uv"));
    uv.args(["pip", "install", "--quiet", "--python"]);
    quietly(uv.arg(programs.join("python")).arg("-r").arg(requirements))?;
    finish(folder, &wanted)?;
    Ok(programs)
}

fn node(folder: &Path) -> Result<PathBuf, String> {
    let version = output(Command::new("node").arg("--version"))?;
    let mut wanted = version;
    for name in NODE_FILES {
        wanted.push_str(&read(&sources().join("node").join(name))?);
    }
    if is_installed(folder, &wanted) {
        return Ok(folder.to_owned());
    }
    remove(folder)?;
    fs::create_dir_all(folder).map_err(|error| format!("cannot make {folder:?}: {error}"))?;
    for name in NODE_FILES {
        let source = sources().join("node").join(name);
        fs::copy(&source, folder.join(name)).map_err(|error| format!("{source:?}: {error}"))?;
    }
    let mut npm = Command::new("npm");
    npm.args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]);
    quietly(npm.current_dir(folder))?;
    finish(folder, &wanted)?;
    Ok(folder.to_owned())
}

/// The folder with the pinned versions and the scripts.
pub(super) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/interop")
}

fn is_installed(folder: &Path, wanted: &str) -> bool {
    fs::read_to_string(folder.join(STAMP)).is_ok_and(|installed| installed == wanted)
}

/// Marks the installation as complete: one that was interrupted is made again.
fn finish(folder: &Path, wanted: &str) -> Result<(), String> {
    let stamp = folder.join(STAMP);
    fs::write(&stamp, wanted).map_err(|error| format!("cannot write {stamp:?}: {error}"))
}

fn remove(folder: &Path) -> Result<(), String> {
    if !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(folder).map_err(|error| format!("cannot remove {folder:?}: {error}"))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {path:?}: {error}"))
}

/// Runs a command to its end. The error has the last line of what the command printed.
fn quietly(command: &mut Command) -> Result<(), String> {
    eprintln!("$ {command:?}");
    output(command).map(drop)
}

fn output(command: &mut Command) -> Result<String, String> {
    let name = format!("{:?}", command.get_program());
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{name} did not start: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let printed = String::from_utf8_lossy(&output.stderr);
    let last = printed.lines().rfind(|line| !line.trim().is_empty());
    Err(format!(
        "{name} ended with {}: {}",
        output.status,
        last.unwrap_or("")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interrupted_or_older_installation_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_installed(folder.path(), "phoenix 2"));
        finish(folder.path(), "phoenix 1").unwrap();
        assert!(!is_installed(folder.path(), "phoenix 2"));
        finish(folder.path(), "phoenix 2").unwrap();
        assert!(is_installed(folder.path(), "phoenix 2"));
    }

    #[test]
    fn failed_command_is_reported_with_its_last_line() {
        let error = output(Command::new("sh").args(["-c", "echo a >&2; echo b >&2; exit 3"]));
        let error = error.unwrap_err();
        assert!(error.contains("status: 3: b"), "{error}");
        assert!(output(&mut Command::new("no-such-program-of-whose")).is_err());
    }
}
