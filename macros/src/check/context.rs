//! What the checks know of the macro call.

use syn::Ident;

use crate::bindings::Bindings;
use crate::keys::Macro;
use crate::model::Output;
use crate::returns::Unreached;

/// What the arguments are about.
pub(crate) struct CheckContext<'a> {
    pub(crate) mac: Macro,
    pub(crate) bindings: &'a Bindings,
    /// The function, where there is one.
    pub(crate) function: Option<FnInfo<'a>>,
}

/// What is asked of the function.
pub(crate) struct FnInfo<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) output: Output<'a>,
    /// What it returns that is polled later without the scope; `None` for the methods of a block,
    /// each of which is asked.
    pub(crate) unreached: Option<Vec<Unreached<'a>>>,
}
