//! The gate for speed: instructions an operation, against the committed baseline.
//!
//! Instructions and not time: counts are the same on a machine that does something else meanwhile.
//! Valgrind counts them, so it is installed where it is missing, and where it cannot be, that is
//! said in as many words: a gate that was not closed is not one that was passed.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

/// What to do about a missing valgrind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Consent {
    /// Install it.
    Given,
    /// Ask whoever is there.
    Ask,
    /// Nobody can be asked.
    Nobody,
}

/// Package managers, and how each installs.
const MANAGERS: [(&str, &[&[&str]]); 5] = [
    (
        "apt-get",
        &[
            &["apt-get", "update"],
            &["apt-get", "install", "--yes", "valgrind"],
        ],
    ),
    ("dnf", &[&["dnf", "install", "--assumeyes", "valgrind"]]),
    ("pacman", &[&["pacman", "-S", "--noconfirm", "valgrind"]]),
    (
        "zypper",
        &[&["zypper", "--non-interactive", "install", "valgrind"]],
    ),
    ("apk", &[&["apk", "add", "valgrind"]]),
];

pub(crate) fn check() -> Result<(), String> {
    if !has("valgrind")
        && let Err(why) = install()
    {
        return crate::not_run::report("the gate for speed", &why);
    }
    crate::cargo([
        "run",
        "--quiet",
        "--profile",
        "bench",
        "--package",
        "whose-benches",
        "--no-default-features",
        "--bin",
        "instructions",
        "--",
        "--check",
    ])
}

fn has(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null());
    command.output().is_ok_and(|output| output.status.success())
}

/// Installs valgrind, or says why not.
fn install() -> Result<(), String> {
    let found = MANAGERS.iter().find(|(manager, _)| has(manager));
    let Some((_, commands)) = found else {
        return Err("valgrind is missing, and no package manager that is known here".into());
    };
    let commands = as_root(commands, is_root(), has("sudo"));
    let shown: Vec<_> = commands.iter().map(|words| words.join(" ")).collect();
    let shown = shown.join(" && ");
    let agreed = match consent(env::var_os("CI").is_some(), io::stdin().is_terminal()) {
        Consent::Given => true,
        Consent::Ask => asked(&shown)?,
        Consent::Nobody => false,
    };
    if !agreed {
        return Err(format!("valgrind is missing; install it with `{shown}`"));
    }
    for words in commands {
        eprintln!("$ {}", words.join(" "));
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).stdin(Stdio::null());
        if !command.status().is_ok_and(|status| status.success()) {
            return Err(format!(
                "`{}` failed, so there is no valgrind",
                words.join(" ")
            ));
        }
    }
    Ok(())
}

fn consent(is_ci: bool, is_terminal: bool) -> Consent {
    match (is_ci, is_terminal) {
        (true, _) => Consent::Given,
        (false, true) => Consent::Ask,
        (false, false) => Consent::Nobody,
    }
}

fn asked(commands: &str) -> Result<bool, String> {
    eprint!("valgrind is missing. Run `{commands}`? [y/N] ");
    let failed = |error| format!("valgrind is missing, and you could not be asked: {error}");
    io::stderr().flush().map_err(failed)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The commands, by `sudo` where whoever runs this may not install and it is there.
fn as_root<'a>(commands: &[&[&'a str]], is_root: bool, has_sudo: bool) -> Vec<Vec<&'a str>> {
    let sudo = (!is_root && has_sudo).then_some("sudo");
    let with_sudo = |words: &&[&'a str]| sudo.into_iter().chain(words.iter().copied()).collect();
    commands.iter().map(with_sudo).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_installed_unasked_but_in_ci() {
        assert_eq!(consent(false, true), Consent::Ask);
        assert_eq!(consent(false, false), Consent::Nobody);
        assert_eq!(consent(true, false), Consent::Given);
        assert_eq!(consent(true, true), Consent::Given);
    }

    #[test]
    fn sudo_is_used_only_by_those_who_need_it_and_have_it() {
        let commands: [&[&str]; 1] = [&["apk", "add", "valgrind"]];
        let sudo = vec![vec!["sudo", "apk", "add", "valgrind"]];
        let plain = vec![vec!["apk", "add", "valgrind"]];
        assert_eq!(as_root(&commands, false, true), sudo);
        assert_eq!(as_root(&commands, false, false), plain);
        assert_eq!(as_root(&commands, true, true), plain);
    }

    #[test]
    fn every_package_manager_installs_by_a_command_of_its_own() {
        for (manager, commands) in MANAGERS {
            let last = commands.last().expect("a command");
            assert_eq!(last[0], manager);
            assert!(last.contains(&"valgrind"), "{last:?}");
        }
    }
}
