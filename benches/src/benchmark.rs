//! The description of a benchmark: what runs, who runs it, and what it is compared with.

use serde::{Deserialize, Serialize};

use crate::meter::Meter;
use crate::setup::Setup;

/// The role of a contender among the contenders of its case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// This project.
    Ours,
    /// Another crate that does the same.
    Peer,
    /// The lower bound: the least work that the case needs.
    Floor,
}

/// The unit of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Time per operation.
    #[serde(rename = "ns")]
    Nanoseconds,
    /// Bytes that stay in use per operation.
    #[serde(rename = "bytes")]
    Bytes,
}

/// The threads whose allocations are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AllocationScope {
    /// All threads of the process.
    Process,
    /// The measuring thread alone, where other threads work beside it.
    Thread,
}

/// One contender in one case of a row.
#[derive(Clone, Debug)]
pub struct Benchmark {
    /// The row: `scopes`, `reads`, `polls`, `spans`, …
    pub row: &'static str,
    /// The case: what all its contenders do.
    pub case: &'static str,
    /// The contender.
    pub contender: &'static str,
    /// The role of the contender.
    pub role: Role,
    /// The subscriber of the process.
    pub setup: Setup,
    /// Records that an operation makes.
    pub records: u64,
    /// The unit of the figure.
    pub unit: Unit,
    /// The position on the curve, if the benchmark is a point of a curve.
    pub argument: Option<u64>,
    /// Operations in a sample; `None` lets the sampler choose.
    pub operations: Option<u64>,
    /// The threads whose allocations are counted.
    pub allocations: AllocationScope,
    /// Runs the operations that the meter asks for.
    pub run: fn(&mut Meter),
}

impl Benchmark {
    /// Creates a benchmark that measures time, without a subscriber and without records.
    pub const fn new(
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
            setup: Setup::NONE,
            records: 0,
            unit: Unit::Nanoseconds,
            argument: None,
            operations: None,
            allocations: AllocationScope::Process,
            run,
        }
    }

    /// Returns the unique name of the benchmark.
    #[must_use]
    pub fn key(&self) -> String {
        let key = format!("{} / {} / {}", self.row, self.case, self.contender);
        match self.argument {
            None => key,
            Some(argument) => format!("{key} / {argument}"),
        }
    }

    /// Makes the benchmark a point of a curve.
    #[must_use]
    pub const fn at(mut self, argument: u64) -> Self {
        self.argument = Some(argument);
        self
    }

    /// Fixes the number of operations in a sample; fewer samples are taken.
    #[must_use]
    pub const fn with_operations(mut self, operations: u64) -> Self {
        self.operations = Some(operations);
        self
    }

    /// Measures the live bytes of `operations` operations instead of the time.
    #[must_use]
    pub const fn with_live_bytes(mut self, operations: u64) -> Self {
        self.unit = Unit::Bytes;
        self.operations = Some(operations);
        self
    }

    /// Runs under `setup`; each operation makes `records` records.
    #[must_use]
    pub const fn with_setup(mut self, setup: Setup, records: u64) -> Self {
        self.setup = setup;
        self.records = records;
        self
    }

    /// Counts the allocations of the measuring thread alone.
    #[must_use]
    pub const fn with_thread_allocations(mut self) -> Self {
        self.allocations = AllocationScope::Thread;
        self
    }
}
