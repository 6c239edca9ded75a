//! A reference model of the rules of attribution, written from the rules and not from the code.
//!
//! The model is a pure interpreter: for a [`Program`](crate::program::Program) it predicts the
//! result of `whose::current()` after every step and the attribution of each record. The model
//! prefers simplicity to speed: a stack is a list that is copied, and every answer is folded from
//! the outermost frame to the innermost.

mod actors;
mod answer;
mod breadcrumbs;
mod change;
mod data;
mod flaw;
mod interpreter;
mod span;
mod spans;
mod stack;

pub use actors::{Chain, ChainedActor};
pub use answer::{Answer, ResolvedUser, UserFields};
pub use flaw::Flaw;
pub use interpreter::{event_number, predict, predict_with, span_number};

use std::collections::BTreeMap;

/// The observable results of a program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The result of `whose::current()` after every step and after entering every place.
    pub answers: Vec<Answer>,
    /// The attribution of each record, by the number in its field `n`.
    pub records: BTreeMap<u64, Answer>,
    /// The user that a link gives to the isolated scope of a record without a user, by the number
    /// of the record.
    pub linked: BTreeMap<u64, Answer>,
    /// The number of refused writes.
    pub refused: u64,
    /// The attributions that are current where none should be: after the program, and at the start
    /// of a task or thread without a carried scope.
    pub left_behind: Vec<Answer>,
}
