//! The compiler reports the same errors for a wrong body with an attribute and without.
//!
//! Each file of `foreign/bodies/` is one function with one mistake, and a line `#[attribute]`. The
//! test compiles the function without an attribute, below `#[whose::with_user("alice")]`, and, if
//! it returns a `Result`, below `#[whose::trace(err)]`. `foreign/differences.txt` lists every
//! difference with its reason.

mod foreign {
    pub(crate) mod compiler;
    pub(crate) mod diagnostics;
}

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::thread;

use foreign::compiler::Compiler;
use foreign::diagnostics::{Part, differing};

/// The attributes, each with the minimum number of bodies whose diagnostics have the same heads.
const ATTRIBUTES: [(&str, &str, usize); 2] = [
    ("with_user", r#"#[whose::with_user("alice")]"#, 60),
    ("trace(err)", "#[whose::trace(err)]", 9),
];

/// A function with one mistake.
struct Body {
    name: String,
    source: String,
}

impl Body {
    /// All bodies, sorted by name.
    fn all() -> std::io::Result<Vec<Self>> {
        let bodies = Path::new(env!("CARGO_MANIFEST_DIR")).join("foreign/bodies");
        let mut all = Vec::new();
        for entry in fs::read_dir(bodies)? {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default();
            all.push(Self {
                name: name.to_string_lossy().into_owned(),
                source: fs::read_to_string(&path)?,
            });
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// Whether the annotated function returns a `Result`.
    fn returns_result(&self) -> bool {
        let below = self.source.split("#[attribute]").nth(1);
        let signature = below.and_then(|below| below.split('{').next());
        signature.is_some_and(|signature| signature.contains("-> Result<"))
    }
}

/// The differences, one line each, and the full diagnostics for the message of a failure.
#[derive(Default)]
struct Differences {
    lines: BTreeSet<String>,
    texts: String,
    /// For each attribute: the number of compiled bodies, and of those with the same heads.
    counts: [(usize, usize); 2],
}

impl Differences {
    /// Compiles a body with and without each attribute.
    fn add(&mut self, compiler: &Compiler, body: &Body) -> Result<(), Box<dyn Error>> {
        let compile = |kind: &str, attribute: &str| {
            let source = body.source.replace("#[attribute]", attribute);
            compiler.diagnostics(&body.name, kind, &source)
        };
        let plain = compile("plain", "// no attribute")?;
        if plain.is_empty() {
            return Err(format!("{} compiles without an error", body.name).into());
        }
        for (at, (name, attribute, _)) in ATTRIBUTES.into_iter().enumerate() {
            if at > 0 && !body.returns_result() {
                continue;
            }
            let ours = compile(&format!("attribute{at}"), attribute)?;
            let part = differing(&plain, &ours);
            self.counts[at].0 += 1;
            self.counts[at].1 += usize::from(part != Some(Part::Head));
            if let Some(part) = part {
                let line = format!("{name} {part} {}", body.name);
                self.texts += &format!("\n== {line}\nwithout: {plain:#?}\nwith: {ours:#?}\n");
                self.lines.insert(line);
            }
        }
        Ok(())
    }

    fn of(compiler: &Compiler, bodies: &[Body]) -> Result<Self, String> {
        let mut all = Self::default();
        for body in bodies {
            all.add(compiler, body).map_err(|error| error.to_string())?;
        }
        Ok(all)
    }

    fn join(mut self, mut other: Self) -> Self {
        self.lines.append(&mut other.lines);
        self.texts += &other.texts;
        for (own, other) in self.counts.iter_mut().zip(other.counts) {
            *own = (own.0 + other.0, own.1 + other.1);
        }
        self
    }
}

/// The lines of `differences.txt`: attribute, part and name, then a colon and the reason.
fn expected() -> Result<BTreeSet<String>, String> {
    include_str!("../foreign/differences.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.split_once(": ") {
            Some((what, why)) if !why.trim().is_empty() => Ok(what.to_owned()),
            _ => Err(format!("a line without a reason: {line}")),
        })
        .collect()
}

#[test]
fn wrong_body_has_same_errors_with_attribute() -> Result<(), Box<dyn Error>> {
    let (compiler, bodies) = (Compiler::new()?, Body::all()?);
    assert_eq!(bodies.len(), 64);
    let (first, second) = bodies.split_at(bodies.len() / 2);
    let found = thread::scope(|scope| {
        let second = scope.spawn(|| Differences::of(&compiler, second));
        let first = Differences::of(&compiler, first)?;
        let second = second.join().unwrap_or_else(|_| Err("a panic".into()))?;
        Ok::<_, String>(first.join(second))
    })?;
    let expected = expected()?;
    let lines: Vec<_> = found.lines.symmetric_difference(&expected).collect();
    assert!(
        lines.is_empty(),
        "{}\nfound and not listed, or listed and not found: {lines:#?}",
        found.texts
    );
    for ((name, _, least), (all, same)) in ATTRIBUTES.into_iter().zip(found.counts) {
        let whole = found.lines.iter().filter(|line| line.starts_with(name));
        let whole = all - whole.count();
        println!("{name}: of {all} bodies {same} have the same errors, {whole} in every word");
        assert!(same >= least, "{name}: {same} of {all}");
    }
    Ok(())
}
