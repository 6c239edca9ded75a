//! Programs that the system's package manager installs: at once in CI, after asking on a terminal.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

/// Programs that checks need, and the packages that have them.
pub(crate) struct SystemPackage {
    pub(crate) programs: &'static [&'static str],
    /// The packages, for each of [`MANAGERS`].
    pub(crate) packages: [&'static [&'static str]; MANAGERS.len()],
}

/// A package manager, and how it installs.
struct Manager {
    program: &'static str,
    /// What runs before.
    prepare: Option<&'static [&'static str]>,
    /// The command that the packages follow.
    install: &'static [&'static str],
}

const MANAGERS: [Manager; 5] = [
    Manager {
        program: "apt-get",
        prepare: Some(&["apt-get", "update"]),
        install: &["apt-get", "install", "--yes"],
    },
    Manager {
        program: "dnf",
        prepare: None,
        install: &["dnf", "install", "--assumeyes"],
    },
    Manager {
        program: "pacman",
        prepare: None,
        install: &["pacman", "-S", "--noconfirm"],
    },
    Manager {
        program: "zypper",
        prepare: None,
        install: &["zypper", "--non-interactive", "install"],
    },
    Manager {
        program: "apk",
        prepare: None,
        install: &["apk", "add"],
    },
];

/// What to do about a missing program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Consent {
    /// Install it.
    Given,
    /// Ask the person at the terminal.
    Ask,
    /// Nobody can be asked.
    Nobody,
}

impl SystemPackage {
    /// Installs the programs that are missing, or returns why one is missing.
    pub(crate) fn ensure(&self) -> Result<(), String> {
        let missing: Vec<_> = self.missing();
        if missing.is_empty() {
            return Ok(());
        }
        self.install(&missing.join(" and "))?;
        match self.missing()[..] {
            [] => Ok(()),
            [program, ..] => Err(format!("{program} was installed and does not run")),
        }
    }

    fn missing(&self) -> Vec<&'static str> {
        let programs = self.programs.iter().copied();
        programs.filter(|program| !has(program)).collect()
    }

    fn install(&self, missing: &str) -> Result<(), String> {
        let managers = MANAGERS.iter().zip(self.packages);
        let mut found = managers.filter(|(manager, _)| has(manager.program));
        let Some((manager, packages)) = found.next() else {
            return Err(format!(
                "no {missing}, and no known package manager: install the packages {}",
                self.packages[0].join(" and ")
            ));
        };
        let commands = manager.commands(packages, is_root(), has("sudo"));
        let shown: Vec<_> = commands.iter().map(|words| words.join(" ")).collect();
        let shown = shown.join(" && ");
        let agreed = match consent(env::var_os("CI").is_some(), io::stdin().is_terminal()) {
            Consent::Given => true,
            Consent::Ask => asked(missing, &shown)?,
            Consent::Nobody => false,
        };
        if !agreed {
            return Err(format!("no {missing}: install with `{shown}`"));
        }
        for words in commands {
            let shown = words.join(" ");
            eprintln!("$ {shown}");
            let mut command = Command::new(words[0]);
            command.args(&words[1..]).stdin(Stdio::null());
            if !command.status().is_ok_and(|status| status.success()) {
                return Err(format!("no {missing}: `{shown}` failed"));
            }
        }
        Ok(())
    }
}

impl Manager {
    /// The commands that install the packages, with `sudo` where the user needs it and has it.
    fn commands(
        &self,
        packages: &[&'static str],
        is_root: bool,
        has_sudo: bool,
    ) -> Vec<Vec<&'static str>> {
        let install = [self.install, packages].concat();
        let commands = self.prepare.map(<[_]>::to_vec).into_iter().chain([install]);
        let sudo = (!is_root && has_sudo).then_some("sudo");
        commands
            .map(|words| sudo.into_iter().chain(words).collect())
            .collect()
    }
}

fn has(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null());
    command.output().is_ok_and(|output| output.status.success())
}

fn consent(is_ci: bool, is_terminal: bool) -> Consent {
    match (is_ci, is_terminal) {
        (true, _) => Consent::Given,
        (false, true) => Consent::Ask,
        (false, false) => Consent::Nobody,
    }
}

fn asked(missing: &str, commands: &str) -> Result<bool, String> {
    eprint!("There is no {missing}. Run `{commands}`? [y/N] ");
    let failed = |error| format!("no {missing}, and no answer: {error}");
    io::stderr().flush().map_err(failed)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
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
        let apk = MANAGERS.last().unwrap();
        let commands = |is_root, has_sudo| apk.commands(&["a", "b"], is_root, has_sudo);
        assert_eq!(commands(false, true), [["sudo", "apk", "add", "a", "b"]]);
        for plain in [commands(false, false), commands(true, true)] {
            assert_eq!(plain, [["apk", "add", "a", "b"]]);
        }
    }

    #[test]
    fn every_manager_installs_by_a_command_of_its_own() {
        for manager in MANAGERS {
            for words in manager.commands(&["package"], true, false) {
                assert_eq!(words[0], manager.program);
            }
        }
    }

    #[test]
    fn program_that_runs_needs_no_installation() {
        let cargo = SystemPackage {
            programs: &["cargo"],
            packages: [&["no-such-package-of-whose"]; 5],
        };
        assert_eq!(cargo.ensure(), Ok(()));
    }
}
