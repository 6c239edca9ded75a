//! The compiler, with the `whose` that this test was built with.

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
    /// What it depends on.
    dependencies: PathBuf,
    /// Where the files are written.
    folder: PathBuf,
}

impl Compiler {
    /// The newest `whose` beside the test's own program is the one that it was built with: any other
    /// one there is older, of other features or of an earlier state.
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

    /// What the compiler says about a source; the files of one `kind` have one folder.
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
        let said = self.compile(&folder, &file)?;
        read(&said).map_err(|error| format!("{file}: {error}\n{said}").into())
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
