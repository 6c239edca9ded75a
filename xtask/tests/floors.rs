//! The order of the modules: a file imports only from its own folder and from the floors below.
//!
//! [`RUNTIME`], [`MACROS`], [`BENCHES`] and [`DASHBOARD`] are the documentation of that order, top floor first.

#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// The floors of a crate, top floor first. Modules on one floor do not import each other.
type Floors = &'static [&'static [&'static str]];

const RUNTIME: Floors = &[
    &["guide", "__private"],
    &["testing"],
    &["bridges"],
    &["capture"],
    &["context"],
    &["scope"],
    &["layer"],
    &["pipeline"],
    &["user_code"],
    &["resolve"],
    &["stack"],
    &["frame"],
    &["policy"],
    &["received"],
    &["error"],
    &["sampling"],
    &["record"],
    &["model"],
    &["diagnostics"],
    &["names"],
    &["util"],
];

const MACROS: Floors = &[
    &["attribute", "derive"],
    &["block"],
    &["expand"],
    &["check"],
    &["args", "shape"],
    &["item"],
    &[
        "keys",
        "bindings",
        "boxed",
        "entry_point",
        "returns",
        "model",
    ],
    &["diag", "spans", "tokens"],
];

const BENCHES: Floors = &[
    &["bin"],
    &["sampler"],
    &["worker", "instructions"],
    &["catalog"],
    &["peers", "report"],
    &["rows"],
    &["pipeline", "results"],
    &["benchmark"],
    &["setup"],
    &["failure", "machine", "meter", "sinks"],
];

const DASHBOARD: Floors = &[
    &["main", "entry_point"],
    &["command_line", "mcp"],
    &["serve"],
    &["ingest"],
    &["logged_store"],
    &["access"],
    &["pages"],
    &["api"],
    &["export", "query_language"],
    &["record_text", "url_query"],
    &["values"],
];

/// The path of a module below the crate's root, such as `["stack", "node"]`.
type Module = Vec<String>;

/// The source files of a crate.
struct Sources(BTreeMap<Module, (PathBuf, syn::File)>);

impl Sources {
    fn read(root: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let module = module_of(path.strip_prefix(root).unwrap());
                    let source = fs::read_to_string(&path).unwrap();
                    let file = syn::parse_file(&source).unwrap();
                    if module.iter().all(|name| name != "tests") {
                        files.insert(module, (path, file));
                    }
                }
            }
        }
        Self(files)
    }

    /// The imports of each file, apart from those of the crate's root.
    fn imports(&self) -> BTreeMap<&Module, BTreeSet<&Module>> {
        let modules = self.0.iter().filter(|(module, _)| !module.is_empty());
        modules
            .map(|(module, (_, file))| {
                let mut paths = Paths::default();
                paths.visit_file(file);
                let targets = paths.0.iter().filter_map(|path| self.target(module, path));
                (module, targets.filter(|target| *target != module).collect())
            })
            .collect()
    }

    /// The module that a path in `module` leads to.
    fn target(&self, module: &Module, path: &[String]) -> Option<&Module> {
        let (first, rest) = path.split_first()?;
        let mut target: Module = match first.as_str() {
            "crate" => rest.to_vec(),
            "self" => [module, rest].concat(),
            "super" => {
                let levels = path.iter().take_while(|part| *part == "super").count();
                let outer = module.len().checked_sub(levels)?;
                [&module[..outer], &path[levels..]].concat()
            }
            _ => return None,
        };
        while !target.is_empty() {
            if let Some((known, _)) = self.0.get_key_value(&target) {
                return Some(known);
            }
            target.pop();
        }
        None
    }

    /// What breaks the order: arrows upwards, files without a floor, circles of files, and code in a
    /// `mod.rs`.
    fn faults(&self, floors: Floors) -> Vec<String> {
        let imports = self.imports();
        let mut faults = Vec::new();
        let floor_of = |module: &Module| {
            let is_on = |floor: &&[&str]| floor.contains(&module[0].as_str());
            floors.iter().position(is_on)
        };
        for (module, targets) in &imports {
            let Some(floor) = floor_of(module) else {
                faults.push(format!("{} is on no floor", module.join("::")));
                continue;
            };
            for target in targets.iter().filter(|target| target[0] != module[0]) {
                if floor_of(target).is_some_and(|other| other <= floor) {
                    let (from, to) = (module.join("::"), target.join("::"));
                    faults.push(format!(
                        "{from} imports {to}, which is not on a lower floor"
                    ));
                }
            }
        }
        faults.extend(circle(&imports).map(|circle| format!("circle of files: {circle}")));
        for (path, file) in self.0.values().filter(|(path, _)| path.ends_with("mod.rs")) {
            let is_allowed = |item: &syn::Item| match item {
                syn::Item::Mod(module) => module.content.is_none(),
                syn::Item::Use(_) => true,
                _ => false,
            };
            if !file.items.iter().all(is_allowed) {
                faults.push(format!(
                    "{} holds more than `mod` and `use`",
                    path.display()
                ));
            }
        }
        faults
    }
}

fn module_of(path: &Path) -> Module {
    let path = path.with_extension("");
    let mut module: Module = path
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if module
        .last()
        .is_some_and(|name| name == "mod" || name == "lib")
    {
        module.pop();
    }
    if module.first().is_some_and(|name| name == "private") {
        module[0] = "__private".to_owned();
    }
    module
}

/// The paths of a file that begin with `crate`, `self` or `super`, outside of its tests.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.ident != "tests" {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut pending = vec![(Vec::new(), &item.tree)];
        while let Some((mut prefix, tree)) = pending.pop() {
            match tree {
                syn::UseTree::Path(path) => {
                    prefix.push(path.ident.to_string());
                    pending.push((prefix, &path.tree));
                }
                syn::UseTree::Group(group) => {
                    pending.extend(group.items.iter().map(|tree| (prefix.clone(), tree)));
                }
                syn::UseTree::Name(name) => {
                    if name.ident != "self" {
                        prefix.push(name.ident.to_string());
                    }
                    self.0.push(prefix);
                }
                syn::UseTree::Rename(rename) => {
                    prefix.push(rename.ident.to_string());
                    self.0.push(prefix);
                }
                syn::UseTree::Glob(_) => self.0.push(prefix),
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter();
        let segments: Vec<_> = segments.map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.0.push(segments);
        }
        syn::visit::visit_path(self, path);
    }
}

/// The files of a circle, if there is one: repeatedly leaves out the files that import none of the
/// others, and those that none of the others imports.
fn circle(imports: &BTreeMap<&Module, BTreeSet<&Module>>) -> Option<String> {
    let mut left: BTreeSet<&Module> = imports.keys().copied().collect();
    loop {
        let is_in_circle = |module: &&Module| {
            let imported_by = |other: &&Module| imports[*other].contains(*module);
            !imports[*module].is_disjoint(&left) && left.iter().any(imported_by)
        };
        let inside: BTreeSet<_> = left.iter().filter(|it| is_in_circle(it)).copied().collect();
        if inside.len() == left.len() {
            break;
        }
        left = inside;
    }
    let names: Vec<_> = left.into_iter().map(|module| module.join("::")).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn faults_of(folder: &str, floors: Floors) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Sources::read(&root.join(folder)).faults(floors)
}

#[test]
fn runtime_arrows_run_downwards() {
    assert_eq!(faults_of("runtime/src", RUNTIME), [""; 0]);
}

#[test]
fn macros_arrows_run_downwards() {
    assert_eq!(faults_of("macros/src", MACROS), [""; 0]);
}

#[test]
fn benches_arrows_run_downwards() {
    assert_eq!(faults_of("benches/src", BENCHES), [""; 0]);
}

#[test]
fn dashboard_arrows_run_downwards() {
    assert_eq!(faults_of("dashboard/src", DASHBOARD), [""; 0]);
}

#[test]
fn store_has_no_circle_of_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/src");
    assert_eq!(circle(&Sources::read(&root).imports()), None);
}

/// The faults of a crate of those files.
fn faults_in(files: &[(&str, &str)], floors: Floors) -> Vec<String> {
    let root = tempfile::tempdir().unwrap();
    for (name, source) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, source).unwrap();
    }
    Sources::read(root.path()).faults(floors)
}

const TWO_FLOORS: Floors = &[&["top"], &["bottom"]];

#[test]
fn arrow_downwards_is_no_fault() {
    let files = [
        ("top.rs", "use crate::bottom::Value;"),
        ("bottom/mod.rs", "mod value;\npub(crate) use value::Value;"),
        ("bottom/value.rs", "pub(crate) struct Value;"),
    ];
    assert_eq!(faults_in(&files, TWO_FLOORS), [""; 0]);
}

#[test]
fn arrow_upwards_is_reported() {
    for line in [
        "use crate::top::f;",
        "fn g() { crate::top::f() }",
        "use super::super::top::f;",
    ] {
        let files = [("top.rs", ""), ("bottom/value.rs", line)];
        let faults = faults_in(&files, TWO_FLOORS);
        let expected = "bottom::value imports top, which is not on a lower floor";
        assert_eq!(faults, [expected], "{line}");
    }
}

#[test]
fn circle_inside_a_floor_is_reported() {
    let files = [
        ("bottom/a.rs", "use crate::bottom::b::B;"),
        ("bottom/b.rs", "use super::a::A;"),
        ("top.rs", "use crate::bottom::a::A;"),
    ];
    let faults = faults_in(&files, TWO_FLOORS);
    assert_eq!(faults, ["circle of files: bottom::a, bottom::b"]);
}

#[test]
fn file_without_a_floor_is_reported() {
    assert_eq!(
        faults_in(&[("attic.rs", "")], TWO_FLOORS),
        ["attic is on no floor"]
    );
}

#[test]
fn code_in_a_mod_file_is_reported() {
    let faults = faults_in(&[("top/mod.rs", "fn f() {}")], TWO_FLOORS);
    assert!(
        faults[0].ends_with("holds more than `mod` and `use`"),
        "{faults:?}"
    );
}
