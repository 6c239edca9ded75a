//! Checks that could not run are said, and never counted as passed.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};

/// Names the file in which `.ci/run` collects the checks that did not run.
const LIST: &str = "WHOSE_NOT_RUN";

/// Reports that `check` did not run, now and at the end of `.ci/run`.
pub(crate) fn report(check: &str, reason: &str) -> Result<(), String> {
    let line = line(check, reason);
    eprintln!("\n{line}\n");
    let Some(list) = env::var_os(LIST) else {
        return Ok(());
    };
    append(list.as_ref(), &line).map_err(|error| format!("cannot write {list:?}: {error}"))
}

fn line(check: &str, reason: &str) -> String {
    let reason: Vec<_> = reason.split_whitespace().collect();
    format!("NOT RUN: {check}: {}", reason.join(" "))
}

fn append(list: &std::path::Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(list)?;
    writeln!(file, "{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_of_several_lines_is_one_line_of_the_list() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list");
        append(&list, &line("deny", "no network:\n  timed out\n")).unwrap();
        append(&list, &line("typos", "no compiler")).unwrap();
        let lines = std::fs::read_to_string(list).unwrap();
        assert_eq!(
            lines,
            "NOT RUN: deny: no network: timed out\nNOT RUN: typos: no compiler\n"
        );
    }
}
