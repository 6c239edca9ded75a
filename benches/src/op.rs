//! What is measured: an operation, by whom it is done, and what it is compared with.

use crate::meter::Meter;
use crate::setup::Setup;

/// What a contender is to the others of its case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// This crate.
    Ours,
    /// Another crate that does the same.
    Peer,
    /// The least that has to be done.
    Floor,
}

impl Role {
    /// The name of the role.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Peer => "peer",
            Self::Floor => "floor",
        }
    }
}

/// One contender in one case of a row.
#[derive(Clone, Debug)]
pub struct Op {
    /// The row: `scopes`, `reads`, `polls`, `spans`, …
    pub row: &'static str,
    /// What all contenders of the case do.
    pub case: &'static str,
    /// Who does it.
    pub contender: &'static str,
    /// What it is to the others.
    pub role: Role,
    /// What collects spans meanwhile.
    pub setup: Setup,
    /// How many spans an operation makes.
    pub spans: u64,
    /// Does it as often as the meter says.
    pub run: fn(&mut Meter),
}

impl Op {
    /// The name of the operation, which is unique.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} / {} / {}", self.row, self.case, self.contender)
    }

    /// An operation that makes no spans, with nobody listening.
    pub const fn quiet(
        row: &'static str,
        role: Role,
        case: &'static str,
        contender: &'static str,
        run: fn(&mut Meter),
    ) -> Self {
        Self {
            row,
            case,
            contender,
            role,
            setup: Setup::Nobody,
            spans: 0,
            run,
        }
    }

    /// The same while `setup` collects: each operation makes that many spans.
    #[must_use]
    pub const fn collected(mut self, setup: Setup, spans: u64) -> Self {
        self.setup = setup;
        self.spans = spans;
        self
    }
}

/// Every operation, in the order of the table.
#[must_use]
pub fn all() -> Vec<Op> {
    let mut all = crate::rows::ops();
    #[cfg(feature = "peers")]
    all.extend(crate::peers::ops());
    // Stable: within a case in the order in which they were named, ours first.
    let order = |op: &Op| crate::rows::NAMES.iter().position(|name| *name == op.row);
    all.sort_by_key(order);
    all
}

/// The operation of that name.
#[must_use]
pub fn find(key: &str) -> Option<Op> {
    all().into_iter().find(|op| op.key() == key)
}
