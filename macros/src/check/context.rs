//! The context of the checks.

use syn::Ident;

use crate::bindings::Bindings;
use crate::keys::Macro;
use crate::model::Output;
use crate::returns::Unreached;

/// The macro, and the function that it is applied to.
pub(crate) struct CheckContext<'a> {
    pub(crate) mac: Macro,
    pub(crate) bindings: &'a Bindings,
    /// The function; `guard!` has none.
    pub(crate) function: Option<FnInfo<'a>>,
}

/// The properties of a function that the checks need.
pub(crate) struct FnInfo<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) output: Output<'a>,
    /// The futures and streams that the scope does not reach; `None` for a block, whose methods are
    /// checked one by one.
    pub(crate) unreached: Option<Vec<Unreached<'a>>>,
    /// Whether the output is, or has in an `Option` or `Result`, a future or stream that is polled
    /// after the function has returned, or after its own future is ready.
    pub(crate) leaves_future: bool,
}
