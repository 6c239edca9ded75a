//! Whether what was written makes sense; what comes out of here can be expanded.

mod identity;
mod keyed;
mod span;

use syn::{Ident, Type};

use crate::args::Arg;
use crate::bindings::Bindings;
use crate::diag::Errors;
use crate::keys::Macro;
use crate::model::Model;

use keyed::Keyed;

/// What the arguments are about.
pub(crate) struct Subject<'a> {
    pub(crate) mac: Macro,
    pub(crate) bindings: &'a Bindings,
    /// The function, where there is one.
    pub(crate) function: Option<Traced<'a>>,
}

/// What `trace` asks of the function.
pub(crate) struct Traced<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) output: Output<'a>,
}

/// What a function gives to those who wait for it.
#[derive(Clone, Copy)]
pub(crate) enum Output<'a> {
    Nothing,
    Type(&'a Type),
    /// A type alias hides it.
    Unknown,
}

/// Checks all arguments; the model counts only if `errors` is still empty afterwards.
pub(crate) fn check(subject: &Subject<'_>, args: Vec<Arg>, errors: &mut Errors) -> Model {
    let mut keyed = Keyed::new(subject, args, errors);
    let identity = identity::check(subject, &mut keyed, errors);
    let span = subject
        .function
        .as_ref()
        .filter(|_| subject.mac == Macro::Trace);
    let span = span.map(|function| span::check(subject, function, &mut keyed, errors));
    Model { identity, span }
}
