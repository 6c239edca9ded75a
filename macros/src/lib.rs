//! The macros of the crate `whose`. Depend on that one, which has them all.
//!
//! Each goes the same way: `args` reads what was written, `check` says whether it makes sense and
//! gives a `model`, and `expand` writes code from that model, which cannot fail. `shape` tells
//! which kind of function it is. Bodies stay tokens.

mod args;
mod attribute;
mod bindings;
mod block;
mod boxed;
mod check;
mod derive;
mod diag;
mod entry_point;
mod expand;
mod item;
mod keys;
mod model;
mod returns;
mod shape;
mod spans;
#[cfg(test)]
mod tests;
mod tokens;

use keys::Macro;
use proc_macro::TokenStream;

#[doc = include_str!("../docs/trace.md")]
#[doc = include_str!("../docs/identity.md")]
#[doc = include_str!("../docs/shapes.md")]
#[doc = include_str!("../docs/cookbook.md")]
#[proc_macro_attribute]
pub fn trace(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::attribute(Macro::Trace, args.into(), item.into()).into()
}

#[doc = include_str!("../docs/with_user.md")]
#[doc = include_str!("../docs/identity.md")]
#[doc = include_str!("../docs/shapes.md")]
#[doc = include_str!("../docs/cookbook.md")]
#[proc_macro_attribute]
pub fn with_user(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::attribute(Macro::WithUser, args.into(), item.into()).into()
}

#[doc = include_str!("../docs/with_session.md")]
#[doc = include_str!("../docs/identity.md")]
#[doc = include_str!("../docs/shapes.md")]
#[doc = include_str!("../docs/cookbook.md")]
#[proc_macro_attribute]
pub fn with_session(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::attribute(Macro::WithSession, args.into(), item.into()).into()
}

#[doc = include_str!("../docs/guard.md")]
#[doc = include_str!("../docs/identity.md")]
#[proc_macro]
pub fn guard(args: TokenStream) -> TokenStream {
    attribute::guard(args.into()).into()
}

#[doc = include_str!("../docs/as_user.md")]
#[proc_macro_derive(AsUser, attributes(whose))]
pub fn derive_as_user(input: TokenStream) -> TokenStream {
    derive::as_user(&syn::parse_macro_input!(input as syn::DeriveInput)).into()
}

#[doc = include_str!("../docs/as_id.md")]
#[proc_macro_derive(AsId, attributes(whose))]
pub fn derive_as_id(input: TokenStream) -> TokenStream {
    derive::as_id(&syn::parse_macro_input!(input as syn::DeriveInput)).into()
}
