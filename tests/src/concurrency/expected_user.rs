use std::fmt;

use whose::Scope;

/// The user and session that a piece of work expects on its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExpectedUser {
    /// Distinguishes the workloads of one process.
    pub(super) workload: &'static str,
    pub(super) user: Option<String>,
    pub(super) session: Option<String>,
    /// Whether the work is explicitly anonymous.
    pub(super) anonymous: bool,
}

impl ExpectedUser {
    pub(super) fn of(workload: &'static str, user: usize, request: usize) -> Self {
        let user = format!("{workload}-u{user}");
        Self {
            workload,
            session: Some(format!("{user}-s{request}")),
            user: Some(user),
            anonymous: false,
        }
    }

    pub(super) fn none(workload: &'static str) -> Self {
        Self {
            workload,
            user: None,
            session: None,
            anonymous: false,
        }
    }

    pub(super) fn anonymous(&self) -> Self {
        Self {
            user: None,
            anonymous: true,
            ..self.clone()
        }
    }

    /// The expectation of a span opened inside an isolated scope of `self` before `login` was
    /// written: the close of the span fills in unset values.
    pub(super) fn identified_late(&self, login: &Self) -> Self {
        let mut late = self.clone();
        if late.user.is_none() && !late.anonymous {
            late.user.clone_from(&login.user);
        }
        if late.session.is_none() {
            late.session.clone_from(&login.session);
        }
        late
    }

    pub(super) fn scope(&self) -> Scope {
        whose::user(&self.user).session(&self.session)
    }
}

/// The expectation as the records carry it.
impl fmt::Display for ExpectedUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |id: &Option<String>| id.clone().unwrap_or_default();
        write!(
            f,
            "{}|{}|{}",
            self.workload,
            text(&self.user),
            text(&self.session)
        )
    }
}
