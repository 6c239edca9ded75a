//! What is measured: an operation, by whom it is done, and what it is compared with.

use serde::{Deserialize, Serialize};

use crate::meter::Meter;
use crate::setup::Setup;

/// What a contender is to the others of its case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// This crate.
    Ours,
    /// Another crate that does the same.
    Peer,
    /// The least that has to be done.
    Floor,
}

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// How long an operation takes.
    #[serde(rename = "ns")]
    Nanoseconds,
    /// How many bytes stay in use.
    #[serde(rename = "bytes")]
    Bytes,
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
    /// What is told of it.
    pub unit: Unit,
    /// Where on its curve it is, if it is on one.
    pub argument: Option<u64>,
    /// How many operations a sample has, where that is not for the sampler to find.
    pub operations: Option<u64>,
    /// Does it as often as the meter says.
    pub run: fn(&mut Meter),
}

impl Op {
    /// The name of the operation, which is unique.
    #[must_use]
    pub fn key(&self) -> String {
        let key = format!("{} / {} / {}", self.row, self.case, self.contender);
        match self.argument {
            None => key,
            Some(argument) => format!("{key} / {argument}"),
        }
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
            unit: Unit::Nanoseconds,
            argument: None,
            operations: None,
            run,
        }
    }

    /// The same as a point of a curve.
    #[must_use]
    pub const fn at(mut self, argument: u64) -> Self {
        self.argument = Some(argument);
        self
    }

    /// The same with that many operations a sample, of which there are few.
    #[must_use]
    pub const fn long(mut self, operations: u64) -> Self {
        self.operations = Some(operations);
        self
    }

    /// The same, of which is told what stays in memory of so many operations.
    #[must_use]
    pub const fn kept(mut self, operations: u64) -> Self {
        self.unit = Unit::Bytes;
        self.operations = Some(operations);
        self
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
    // By row, by case as first named; stable, so that within a case ours come first.
    let mut cases: Vec<_> = all.iter().map(|op| (op.row, op.case)).collect();
    cases.dedup();
    let row = |op: &Op| crate::rows::NAMES.iter().position(|name| *name == op.row);
    let case = |op: &Op| cases.iter().position(|case| *case == (op.row, op.case));
    all.sort_by_cached_key(|op| (row(op), case(op), op.argument));
    all
}

/// The operation of that name.
#[must_use]
pub fn find(key: &str) -> Option<Op> {
    all().into_iter().find(|op| op.key() == key)
}
