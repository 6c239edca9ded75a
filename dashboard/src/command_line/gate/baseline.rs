//! The baseline file: known call sites without a user.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use super::entry::Entry;

/// The start of the first line. The version of the format follows.
const HEAD: &str = "# whose coverage baseline, version ";
const VERSION: &str = "1";
const EXPLANATION: &str = "\
#
# Known call sites without a user. `whose coverage --fail-under` lists only
# others as new. A line has, separated by spaces: file, target, type, name (`-`
# if there is none), and the number of such call sites. A text with a space is
# in quotes. There are no line numbers, so an edit of the file changes nothing.
#
# `whose coverage --baseline FILE --write-baseline` writes the file anew.
";

/// The known call sites without a user: their number by entry.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Baseline(BTreeMap<Entry, usize>);

/// Why a baseline cannot be used.
#[derive(Debug)]
pub(crate) enum BaselineError {
    Unreadable(io::Error),
    Unwritable(io::Error),
    /// The first line is not the head of a baseline.
    NotABaseline,
    /// The file to overwrite is not a baseline.
    Foreign,
    UnknownVersion(String),
    /// A line, from 1, is malformed.
    Malformed {
        line: usize,
        cause: &'static str,
    },
}

impl Baseline {
    pub(super) fn new(entries: impl IntoIterator<Item = (Entry, usize)>) -> Self {
        let mut known = BTreeMap::new();
        for (entry, sites) in entries {
            // A merge can repeat an entry.
            let most = known.entry(entry).or_insert(sites);
            *most = sites.max(*most);
        }
        Self(known)
    }

    pub(super) fn load(path: &Path) -> Result<Self, BaselineError> {
        Self::parse(&fs::read_to_string(path).map_err(BaselineError::Unreadable)?)
    }

    fn parse(text: &str) -> Result<Self, BaselineError> {
        let mut lines = text.lines();
        let version = lines.next().and_then(|line| line.strip_prefix(HEAD));
        match version.map(str::trim_end) {
            Some(VERSION) => {}
            Some(version) => return Err(BaselineError::UnknownVersion(version.to_owned())),
            None => return Err(BaselineError::NotABaseline),
        }
        let numbered = lines.zip(2..);
        let entries = numbered.filter(|(line, _)| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#')
        });
        let entries = entries.map(|(text, line)| {
            Entry::parse(text).map_err(|cause| BaselineError::Malformed { line, cause })
        });
        Ok(Self::new(entries.collect::<Result<Vec<_>, _>>()?))
    }

    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{HEAD}{VERSION}\n{EXPLANATION}");
        for (entry, sites) in &self.0 {
            // Writing to a string never fails.
            let _ = writeln!(text, "{entry} {sites}");
        }
        text
    }

    /// The number of known call sites of the entry.
    pub(super) fn sites(&self, entry: &Entry) -> usize {
        self.0.get(entry).copied().unwrap_or_default()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.keys()
    }
}

/// Writes the baseline. Refuses to overwrite a file that is not a baseline.
pub(crate) fn write_baseline(path: &Path, baseline: &Baseline) -> Result<(), BaselineError> {
    match fs::read(path) {
        Ok(old) if !old.is_empty() && !old.starts_with(HEAD.as_bytes()) => {
            return Err(BaselineError::Foreign);
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(BaselineError::Unwritable(error));
        }
        _ => {}
    }
    fs::write(path, baseline.to_text()).map_err(BaselineError::Unwritable)
}

impl std::fmt::Display for BaselineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(error) if error.kind() == io::ErrorKind::NotFound => {
                f.write_str("there is no such baseline: --write-baseline writes it")
            }
            Self::Unreadable(error) => write!(f, "the baseline cannot be read: {error}"),
            Self::Unwritable(error) => write!(f, "the baseline cannot be written: {error}"),
            Self::NotABaseline => {
                write!(
                    f,
                    "line 1: not a baseline, which begins with `{HEAD}{VERSION}`"
                )
            }
            Self::Foreign => {
                f.write_str("the file is not a baseline and stays: write to another file")
            }
            Self::UnknownVersion(version) => {
                let version = crate::values::escape(version);
                write!(
                    f,
                    "line 1: a baseline of version {version}; this command reads {VERSION}"
                )
            }
            Self::Malformed { line, cause } => write!(f, "line {line}: {cause}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baseline_is_sorted_and_round_trips() {
        let entry = |file, name| Entry::new(Some(file), "app", "event", name);
        let entries = [
            (entry("src/b.rs", "lost"), 1),
            (entry("src/a.rs", "event src/a.rs:7"), 2),
            (entry("src/b.rs", "lost"), 3),
        ];
        let baseline = Baseline::new(entries);
        let text = baseline.to_text();
        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            lines,
            ["src/a.rs app event - 2", "src/b.rs app event lost 3"]
        );
        assert_eq!(Baseline::parse(&text).unwrap(), baseline);
        let windows = text.replace('\n', "\r\n");
        assert_eq!(Baseline::parse(&windows).unwrap(), baseline);
    }
}
