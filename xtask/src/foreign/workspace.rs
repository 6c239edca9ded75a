//! The folder `target/foreign`: the copies, and one package that depends on all of them.
//!
//! That package, and not a workspace of the copies, since cargo resolves the optional dependencies
//! of a workspace's members as well, and those need not be on this machine. It starts from the
//! workspace's own lock file, so that every version is one that is downloaded already.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::annotate::{self, Function};
use super::mode::Mode;
use super::package::{Package, Tree};

pub(crate) struct Workspace {
    folder: PathBuf,
}

/// A copy of a crate.
pub(crate) struct Copy {
    pub(crate) folder: PathBuf,
    pub(crate) files: Vec<File>,
    /// How many files are no Rust on their own, and stay as they are.
    pub(crate) unparsed: usize,
}

/// A file of a copy that has functions.
pub(crate) struct File {
    pub(crate) path: PathBuf,
    source: String,
    pub(crate) functions: Vec<Candidate>,
}

/// A function, and whether it stays without an attribute, since it fails with one.
pub(crate) struct Candidate {
    pub(crate) function: Function,
    pub(crate) is_left_out: bool,
}

impl Workspace {
    /// Writes the package that depends on the crates and on `whose`.
    pub(crate) fn create(tree: &Tree, packages: &[Package]) -> Result<Self, String> {
        let folder = tree.target.join("foreign");
        let root = folder.join("workspace");
        let failed = |error| format!("{}: {error}", root.display());
        fs::create_dir_all(&root).map_err(failed)?;
        fs::write(root.join("lib.rs"), "").map_err(failed)?;
        fs::copy(tree.root.join("Cargo.lock"), root.join("Cargo.lock")).map_err(failed)?;
        let manifest = manifest(&tree.root.join("runtime"), packages);
        fs::write(root.join("Cargo.toml"), manifest).map_err(failed)?;
        Ok(Self { folder })
    }

    pub(crate) fn manifest_path(&self) -> PathBuf {
        self.folder.join("workspace/Cargo.toml")
    }

    pub(crate) fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// Copies a crate, and lets the copy depend on `whose`.
    pub(crate) fn copy(&self, tree: &Tree, package: &Package) -> Result<Copy, String> {
        let folder = self.folder.join(package.folder_name());
        let failed = |error: io::Error| format!("{}: {error}", folder.display());
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(failed)?;
        }
        copy_folder(&package.folder, &folder).map_err(failed)?;
        let path = folder.join("Cargo.toml");
        let original = fs::read_to_string(&path).map_err(failed)?;
        let manifest = dependent(&original, &tree.root.join("runtime"));
        fs::write(&path, manifest).map_err(failed)?;
        let mut copy = Copy {
            folder: folder.clone(),
            files: Vec::new(),
            unparsed: 0,
        };
        copy.read(&folder.join(&package.sources)).map_err(failed)?;
        Ok(copy)
    }
}

impl File {
    fn new(path: PathBuf, source: String, functions: Vec<Function>) -> Self {
        let candidate = |function| Candidate {
            function,
            is_left_out: false,
        };
        Self {
            path,
            source,
            functions: functions.into_iter().map(candidate).collect(),
        }
    }
}

impl Copy {
    /// Reads the files of the library below a folder.
    fn read(&mut self, folder: &Path) -> io::Result<()> {
        // Where the library's first file lies beside the manifest, so do these.
        const NOT_OF_THE_LIBRARY: [&str; 6] =
            ["benches", "bin", "build.rs", "examples", "main.rs", "tests"];
        let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let name = entry.file_name();
            if NOT_OF_THE_LIBRARY.iter().any(|other| name == *other) {
                continue;
            }
            if path.is_dir() {
                self.read(&path)?;
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                self.read_file(path)?;
            }
        }
        Ok(())
    }

    fn read_file(&mut self, path: PathBuf) -> io::Result<()> {
        let source = fs::read_to_string(&path)?;
        match annotate::functions(&source) {
            Ok(found) if found.is_empty() => {}
            Ok(found) => self.files.push(File::new(path, source, found)),
            Err(_) => self.unparsed += 1,
        }
        Ok(())
    }

    /// Annotates the functions that the mode takes, but those that were left out.
    pub(crate) fn write(&self, mode: Mode) -> Result<(), String> {
        for file in &self.files {
            let taken = file
                .functions
                .iter()
                .filter(|candidate| !candidate.is_left_out && mode.takes(&candidate.function))
                .map(|candidate| &candidate.function);
            let text = match mode.attribute() {
                Some(attribute) => annotate::annotated(&file.source, taken, attribute),
                None => file.source.clone(),
            };
            fs::write(&file.path, text)
                .map_err(|error| format!("{}: {error}", file.path.display()))?;
        }
        Ok(())
    }

    /// Leaves the innermost function at the place without its attribute, and names it, if it has
    /// one: a second error of a function is none of the function around it.
    pub(crate) fn leave_out(
        &mut self,
        mode: Mode,
        place: Option<&(PathBuf, usize)>,
    ) -> Option<String> {
        let (path, line) = place?;
        let file = self.files.iter_mut().find(|file| file.path == *path)?;
        let around = file.functions.iter_mut().filter(|candidate| {
            let function = &candidate.function;
            mode.takes(function) && function.lines.contains(line)
        });
        let innermost = around.min_by_key(|candidate| {
            let lines = &candidate.function.lines;
            lines.end() - lines.start()
        })?;
        let was_left_out = std::mem::replace(&mut innermost.is_left_out, true);
        (!was_left_out).then(|| innermost.function.name.clone())
    }

    pub(crate) fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.files.iter().flat_map(|file| &file.functions)
    }

    pub(crate) fn candidates_mut(&mut self) -> impl Iterator<Item = &mut Candidate> {
        self.files.iter_mut().flat_map(|file| &mut file.functions)
    }
}

/// The manifest of the package that depends on all.
fn manifest(runtime: &Path, packages: &[Package]) -> String {
    let mut text = format!(
        "[package]\nname = \"foreign\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [lib]\npath = \"lib.rs\"\n\n[workspace]\n\n[profile.dev]\ndebug = false\n\n\
         [dependencies]\nwhose = {{ path = {runtime:?}, default-features = false }}\n"
    );
    for (number, package) in packages.iter().enumerate() {
        // Two versions of a crate need two names. Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "foreign-{number} = {{ package = {:?}, path = {:?}, default-features = false, features = {:?} }}",
            package.name,
            format!("../{}", package.folder_name()),
            package.features,
        );
    }
    text
}

/// The manifest of a crate, with a dependency on `whose`.
///
/// Without `links`, which only one package of a tree may have, and others depend on the original.
fn dependent(manifest: &str, runtime: &Path) -> String {
    let kept = manifest.lines().filter(|line| !line.starts_with("links ="));
    let mut text: String = kept.flat_map(|line| [line, "\n"]).collect();
    let _ = write!(
        text,
        "\n[dependencies.whose]\npath = {runtime:?}\ndefault-features = false\n"
    );
    text
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let copy = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &copy)?;
        } else {
            fs::copy(entry.path(), copy)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_function_is_left_out_and_only_once() {
        let source = "fn outer() {\n    fn inner() {}\n}";
        let path = PathBuf::from("lib.rs");
        let functions = annotate::functions(source).expect("a file of Rust");
        let file = File::new(path.clone(), source.into(), functions);
        let mut copy = Copy {
            folder: PathBuf::new(),
            files: vec![file],
            unparsed: 0,
        };
        let mut at = |line| copy.leave_out(Mode::Trace, Some(&(path.clone(), line)));
        assert_eq!(at(2).as_deref(), Some("inner"));
        assert_eq!(at(2), None);
        assert_eq!(at(3).as_deref(), Some("outer"));
        assert_eq!(at(4), None);
    }

    #[test]
    fn a_copy_depends_on_whose_and_links_nothing() {
        let manifest =
            "[package]\nname = \"a\"\nlinks = \"a\"\n\n[dependencies.b]\nversion = \"1\"\n";
        assert_eq!(
            dependent(manifest, Path::new("/whose")),
            "[package]\nname = \"a\"\n\n[dependencies.b]\nversion = \"1\"\n\n\
             [dependencies.whose]\npath = \"/whose\"\ndefault-features = false\n"
        );
    }
}
