//! The check of a macro call.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Expr;

use super::context::CheckContext;
use super::keyed::KeyedArgs;
use super::{identity, job, returned, span};
use crate::args::{Arg, Sigil};
use crate::diag::Errors;
use crate::keys::{Key, Macro};
use crate::model::Model;
use crate::spans::own_path;

/// Checks all arguments. The model is valid only if `errors` stays empty.
pub(crate) fn check(context: &CheckContext<'_>, args: Vec<Arg>, errors: &mut Errors) -> Model {
    let mut keyed = KeyedArgs::new(context, args, errors);
    let whose = whose(&keyed, errors);
    let identity = identity::check(context, &mut keyed, errors);
    returned::check(context, &keyed, errors);
    let span = context
        .function
        .as_ref()
        .filter(|_| context.mac == Macro::Trace);
    let span = span.map(|function| span::check(context, function, &mut keyed, errors));
    let job = (context.mac == Macro::Monitor).then(|| job::check(context, &keyed, errors));
    Model {
        whose,
        identity,
        span,
        job: job.flatten(),
    }
}

/// Returns the path of the crate `whose`, which `crate = path` can change.
fn whose(keyed: &KeyedArgs, errors: &mut Errors) -> TokenStream {
    let Some(value) = keyed.value(Key::Crate) else {
        return own_path();
    };
    if let (Sigil::None, Expr::Path(path)) = (value.sigil, &value.expr) {
        return path.to_token_stream();
    }
    errors.over(
        &value.expr,
        "`crate` takes the path of the crate `whose`: write `crate = path`",
    );
    own_path()
}
