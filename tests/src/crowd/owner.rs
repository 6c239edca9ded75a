use std::fmt;

use whose::Scope;

/// Whose a piece of work is, as the work itself is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// Tells the crowds of one process apart.
    pub(super) crowd: &'static str,
    pub(super) user: Option<String>,
    pub(super) session: Option<String>,
    /// Whether there is no user on purpose.
    pub(super) masked: bool,
}

impl Owner {
    pub(super) fn of(crowd: &'static str, user: usize, request: usize) -> Self {
        let user = format!("{crowd}-u{user}");
        Self {
            crowd,
            session: Some(format!("{user}-s{request}")),
            user: Some(user),
            masked: false,
        }
    }

    pub(super) fn nobody(crowd: &'static str) -> Self {
        Self {
            crowd,
            user: None,
            session: None,
            masked: false,
        }
    }

    pub(super) fn masked(&self) -> Self {
        Self {
            user: None,
            masked: true,
            ..self.clone()
        }
    }

    /// Whose a span is that was opened inside an isolated scope of `self`, before `login` was
    /// written into that: what is unset is filled in when the span is closed.
    pub(super) fn identified_late(&self, login: &Self) -> Self {
        let mut late = self.clone();
        if late.user.is_none() && !late.masked {
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

/// What the records carry, to be compared with what is found of them.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |id: &Option<String>| id.clone().unwrap_or_default();
        write!(
            f,
            "{}|{}|{}",
            self.crowd,
            text(&self.user),
            text(&self.session)
        )
    }
}
