//! Whether what was written makes sense; what comes out of here can be expanded.

mod identity;
mod keyed;
mod returned;
mod span;

pub(crate) use span::refusal;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Expr, Ident, Type};

use crate::args::{Arg, Sigil};
use crate::bindings::Bindings;
use crate::diag::Errors;
use crate::keys::{Key, Macro};
use crate::model::Model;
use crate::returns::Unreached;
use crate::spans::own_path;

use keyed::Keyed;

/// What the arguments are about.
pub(crate) struct Subject<'a> {
    pub(crate) mac: Macro,
    pub(crate) bindings: &'a Bindings,
    /// The function, where there is one.
    pub(crate) function: Option<Traced<'a>>,
}

/// What is asked of the function.
pub(crate) struct Traced<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) output: Output<'a>,
    /// What it returns that is polled later without the scope; `None` for the methods of a block,
    /// each of which is asked.
    pub(crate) unreached: Option<Vec<Unreached<'a>>>,
}

/// What a function gives to those who wait for it.
#[derive(Clone, Copy)]
pub(crate) enum Output<'a> {
    Nothing,
    Type(&'a Type),
    /// A type alias hides it.
    Unknown,
    /// Many values, one after the other.
    Stream,
}

/// Checks all arguments; the model counts only if `errors` is still empty afterwards.
pub(crate) fn check(subject: &Subject<'_>, args: Vec<Arg>, errors: &mut Errors) -> Model {
    let mut keyed = Keyed::new(subject, args, errors);
    let whose = whose(&keyed, errors);
    let identity = identity::check(subject, &mut keyed, errors);
    returned::check(subject, &keyed, errors);
    let span = subject
        .function
        .as_ref()
        .filter(|_| subject.mac == Macro::Trace);
    let span = span.map(|function| span::check(subject, function, &mut keyed, errors));
    Model {
        whose,
        identity,
        span,
    }
}

/// The path of the crate `whose`, which may have another name in the crate that uses it.
fn whose(keyed: &Keyed, errors: &mut Errors) -> TokenStream {
    let Some(value) = keyed.value(Key::Crate) else {
        return own_path();
    };
    if let (Sigil::None, Expr::Path(path)) = (value.sigil, &value.expr) {
        return path.to_token_stream();
    }
    errors.over(
        &value.expr,
        "`crate` is the path by which this crate reaches `whose`: write `crate = path`",
    );
    own_path()
}
