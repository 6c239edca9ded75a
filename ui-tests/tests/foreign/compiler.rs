//! The compiler, with the `whose` that this test links.

use std::env;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use super::diagnostics::{Diagnostic, read};

/// Compiles single files.
pub(crate) struct Compiler {
    /// The compiled `whose`.
    whose: PathBuf,
    /// The folder of its dependencies.
    dependencies: PathBuf,
    /// The folder for the source files.
    folder: PathBuf,
}

impl Compiler {
    /// Selects the newest `whose` beside the test binary, which is the one that the test links.
    /// Older ones have other features or an earlier state of the source.
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let own = env::current_exe()?;
        let dependencies = own.parent().ok_or("no folder of the test")?.to_owned();
        let mut newest: Option<(SystemTime, PathBuf)> = None;
        for entry in fs::read_dir(&dependencies)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("libwhose-") && name.ends_with(".rlib") {
                let built = entry.metadata()?.modified()?;
                newest = newest.max(Some((built, entry.path())));
            }
        }
        let (_, whose) = newest.ok_or("`whose` is not built")?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign");
        fs::create_dir_all(&folder)?;
        Ok(Self {
            whose,
            dependencies,
            folder,
        })
    }

    /// The diagnostics for a source. The files of one `kind` share a folder.
    pub(crate) fn diagnostics(
        &self,
        name: &str,
        kind: &str,
        source: &str,
    ) -> Result<Vec<Diagnostic>, Box<dyn Error>> {
        let folder = self.folder.join(kind);
        fs::create_dir_all(&folder)?;
        let file = format!("{name}.rs");
        fs::write(folder.join(&file), source)?;
        let output = self.compile(&folder, &file)?;
        read(&output).map_err(|error| format!("{file}: {error}\n{output}").into())
    }

    fn compile(&self, folder: &Path, file: &str) -> io::Result<String> {
        let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(compiler)
            .current_dir(folder)
            .args([file, "--edition=2024", "--crate-type=lib"])
            .args(["--emit=metadata", "--error-format=json"])
            .arg(format!("--extern=whose={}", self.whose.display()))
            .arg(format!("-Ldependency={}", self.dependencies.display()))
            .output()?;
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
