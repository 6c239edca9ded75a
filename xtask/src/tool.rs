//! Programs of other authors that checks run: found, or installed at a pinned version.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program that `cargo install` installs.
pub(crate) struct Tool {
    pub(crate) package: &'static str,
    pub(crate) program: &'static str,
    /// Pinned, so that a check fails for a change of the project alone.
    pub(crate) version: &'static str,
}

/// Profile settings that make the installation fast. The programs run for seconds.
const FAST_BUILD: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

impl Tool {
    /// A command that runs the program. Installs it into the build folder if neither that folder nor
    /// `PATH` has the pinned version. The error says why there is no program.
    pub(crate) fn command(&self) -> Result<Command, String> {
        let root = build_folder().join("tools");
        let installed = root.join("bin").join(self.program);
        let found = [installed.clone(), PathBuf::from(self.program)]
            .into_iter()
            .find(|program| self.is_pinned_version(program));
        if let Some(program) = found {
            return Ok(Command::new(program));
        }
        self.install(&root)?;
        if self.is_pinned_version(&installed) {
            return Ok(Command::new(installed));
        }
        Err(format!("{} was installed and does not run", self.package))
    }

    fn install(&self, root: &Path) -> Result<(), String> {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["install", "--locked", "--version", self.version]);
        command.arg("--root").arg(root).arg(self.package);
        command.envs(FAST_BUILD);
        // Flags for the project's own code, such as `-D warnings`, are not for other people's.
        command.env_remove("RUSTFLAGS").stdin(Stdio::null());
        eprintln!("$ {command:?}");
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            _ => Err(format!(
                "{} {} is missing and could not be installed",
                self.package, self.version
            )),
        }
    }

    fn is_pinned_version(&self, program: &Path) -> bool {
        let mut command = Command::new(program);
        command.arg("--version").stdin(Stdio::null());
        command
            .output()
            .is_ok_and(|output| self.prints_pinned_version(&output.stdout))
    }

    fn prints_pinned_version(&self, output: &[u8]) -> bool {
        let output = String::from_utf8_lossy(output);
        output.split_whitespace().nth(1) == Some(self.version)
    }
}

/// The folder into which this program was built.
pub(crate) fn build_folder() -> PathBuf {
    let program = env::current_exe().ok();
    let folder = program.as_deref().and_then(|path| path.ancestors().nth(2));
    folder.map_or_else(|| "target".into(), Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pinned_version_is_used() {
        let tool = Tool {
            package: "typos-cli",
            program: "typos",
            version: "1.2.3",
        };
        assert!(tool.prints_pinned_version(b"typos-cli 1.2.3\n"));
        assert!(!tool.prints_pinned_version(b"typos-cli 1.2.30\n"));
        assert!(!tool.prints_pinned_version(b""));
    }
}
