//! Counts of what a server shows, compared with what was sent.

use std::fmt;
use std::process::ExitCode;

/// How many values are as they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    right: usize,
    missing: usize,
    wrong: usize,
    examples: Vec<String>,
}

impl Tally {
    /// The number of deviations that are printed.
    const EXAMPLES: usize = 5;

    /// Compares a value that the server shows with the one that was sent. `None` is no value.
    pub fn compare<T: PartialEq + fmt::Debug>(
        &mut self,
        what: &str,
        sent: Option<T>,
        shown: Option<T>,
    ) {
        if sent == shown {
            self.right += 1;
            return;
        }
        match shown {
            None => self.missing += 1,
            Some(_) => self.wrong += 1,
        }
        self.note(format!("{what}: sent {sent:?}, shown {shown:?}"));
    }

    /// Counts records that were sent and are not shown.
    pub fn expect(&mut self, what: &str, sent: usize, shown: usize) {
        self.missing += sent.saturating_sub(shown);
        self.wrong += shown.saturating_sub(sent);
        if sent != shown {
            self.note(format!("{what}: sent {sent}, shown {shown}"));
        }
    }

    fn note(&mut self, deviation: String) {
        if self.examples.len() < Self::EXAMPLES {
            self.examples.push(deviation);
        }
    }

    /// Prints the counts under a heading, with the first deviations.
    pub fn print(&self, heading: &str) {
        println!("{heading}: {self}");
        for example in &self.examples {
            println!("    {example}");
        }
    }

    /// Whether values were compared, and all are as sent.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.right > 0 && self.missing == 0 && self.wrong == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            right,
            missing,
            wrong,
            ..
        } = self;
        write!(f, "{right} right, {missing} missing, {wrong} wrong")
    }
}

/// The counts of several checks.
#[derive(Debug, Default)]
pub struct Report {
    failed: bool,
    checks: usize,
}

impl Report {
    /// Prints the counts of one check.
    pub fn add(&mut self, heading: &str, tally: &Tally) {
        tally.print(heading);
        self.checks += 1;
        self.failed |= !tally.is_right();
    }

    /// The exit code of the program: a failure where a check was not right, or where none ran.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        if self.failed || self.checks == 0 {
            return ExitCode::FAILURE;
        }
        ExitCode::SUCCESS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_value_is_wrong_and_no_value_is_missing() {
        let mut tally = Tally::default();
        tally.compare("user", Some("alice"), Some("alice"));
        tally.compare("user", None::<&str>, None);
        assert!(tally.is_right());
        tally.compare("user", Some("alice"), None);
        tally.compare("user", Some("alice"), Some("bob"));
        tally.compare("user", None, Some("bob"));
        tally.expect("spans", 6, 4);
        assert_eq!(tally.to_string(), "2 right, 3 missing, 2 wrong");
        assert!(!tally.is_right());
    }

    #[test]
    fn no_comparison_is_no_success() {
        assert!(!Tally::default().is_right());
    }
}
