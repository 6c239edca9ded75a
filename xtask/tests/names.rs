//! The names of fields on the wire are spelt in `runtime/src/names`, and nowhere else in the code.
//!
//! Tests and documentation spell names on purpose: they state what a peer sends.

#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

/// The beginnings of the names on the wire.
const PREFIXES: [&str; 13] = [
    "gen_ai.",
    "openai.",
    "llm.",
    "langfuse.",
    "openinference.",
    "mcp.",
    "user.",
    "enduser.",
    "session.",
    "http.",
    "url.",
    "feature_flag.",
    "exception.",
];

/// Names that have a meaning only together with one of the names above.
const ERROR: &str = "error.";

/// The names that an expansion contains. A crate of macros cannot import the table of the runtime.
const OF_EXPANSIONS: [&str; 1] = ["gen_ai.agent.name"];

const FOLDERS: [&str; 8] = [
    "macros/src",
    "runtime/src",
    "store/src",
    "dashboard/src",
    "integrations/json-lines/src",
    "integrations/opentelemetry/src",
    "integrations/otlp/src",
    "integrations/sentry/src",
];

/// The tables of names: that of the runtime, and those of an integration for the names of its peer.
const TABLES: [&str; 3] = [
    "runtime/src/names",
    "opentelemetry/src/names.rs",
    "opentelemetry/src/dialect_names.rs",
];

/// Finds texts that begin with a prefix. Skips tests and attributes, and so documentation.
#[derive(Default)]
struct Spelt(Vec<String>);

impl Spelt {
    fn check(&mut self, text: &str) {
        let mut prefixes = PREFIXES.into_iter().chain([ERROR]);
        if prefixes.any(|prefix| text.starts_with(prefix)) {
            self.0.push(text.to_owned());
        }
    }

    /// The texts in the arguments of a macro, which are no syntax tree.
    fn check_tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.check_tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                        self.check(&text.value());
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else {
            return attribute.path().is_ident("test");
        };
        list.path.is_ident("cfg") && list.tokens.to_string() == "test"
    })
}

impl<'ast> Visit<'ast> for Spelt {
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !is_test(&function.attrs) {
            syn::visit::visit_item_fn(self, function);
        }
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.check(&text.value());
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.check_tokens(call.tokens.clone());
    }
}

fn spelt_in(source: &str) -> Vec<String> {
    let mut spelt = Spelt::default();
    spelt.visit_file(&syn::parse_file(source).unwrap());
    spelt.0
}

/// The source files below a folder, apart from the tables of names and files of tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut sources = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.file_stem().is_some_and(|name| name == "tests");
            if is_test || TABLES.iter().any(|table| path.ends_with(table)) {
                continue;
            } else if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
    }
    sources
}

#[test]
fn names_on_the_wire_are_spelt_in_one_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut faults = Vec::new();
    let mut files = 0;
    for folder in FOLDERS {
        for path in sources(&root.join(folder)) {
            files += 1;
            let is_macro = folder.starts_with("macros");
            let allowed = |name: &String| is_macro && OF_EXPANSIONS.contains(&name.as_str());
            let spelt = spelt_in(&fs::read_to_string(&path).unwrap());
            for name in spelt.into_iter().filter(|name| !allowed(name)) {
                faults.push(format!("{} spells {name:?}", path.display()));
            }
        }
    }
    assert!(files > 100);
    let table = fs::read_to_string(root.join("runtime/src/names/gen_ai.rs")).unwrap();
    let written = |name: &str| table.contains(&format!("= {name:?}"));
    assert!(OF_EXPANSIONS.into_iter().all(written));
    assert_eq!(faults, [""; 0], "use a constant of `names`");
}

#[test]
fn spelt_name_is_found_in_code_and_macros_and_not_in_tests_and_documentation() {
    let name = "feature_flag.key";
    for code in [
        format!("const KEY: &str = {name:?};"),
        format!("fn f() {{ println!(\"{{}}\", [{name:?}]) }}"),
        format!("mod inner {{ fn f(key: &str) -> bool {{ key == {name:?} }} }}"),
    ] {
        assert_eq!(spelt_in(&code), [name], "{code}");
    }
    for code in [
        format!("#[cfg(test)] mod tests {{ const KEY: &str = {name:?}; }}"),
        format!("/// {name}\n#[doc = {name:?}]\nfn f() {{}}"),
        "const KEY: &str = \"other.key\";".to_owned(),
    ] {
        assert_eq!(spelt_in(&code), [""; 0], "{code}");
    }
}
