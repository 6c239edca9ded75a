//! A reference model of the rules of attribution, written from the rules and not from the code.
//!
//! It is a pure interpreter: given a [`Program`](crate::program::Program) it predicts what
//! `whose::current()` says after every step, and whose each record is. It favours plainness over
//! speed: a stack is a list that is copied, and every answer is folded from the outermost layer to
//! the innermost.

mod answer;
mod breadcrumbs;
mod change;
mod data;
mod flaw;
mod interpreter;
mod span;
mod spans;
mod stack;

pub use answer::{Answer, ResolvedUser, UserFields};
pub use flaw::Flaw;
pub use interpreter::{event_number, predict, predict_with, span_number};

use std::collections::BTreeMap;

/// What a program shows of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What `whose::current()` said after every step, and after entering every place.
    pub answers: Vec<Answer>,
    /// Whose each record is, by the number in its field `n`.
    pub records: BTreeMap<u64, Answer>,
    /// Who the isolated scope of a record without a user was afterwards said to be, by the record's
    /// number.
    pub linked: BTreeMap<u64, Answer>,
    /// How many writes were refused.
    pub refused: u64,
    /// What is current where nothing should be: after the program, and where a task or thread
    /// starts that is given nothing.
    pub left_behind: Vec<Answer>,
}
