//! The macros of the crate `whose`, which re-exports all of them. Depend on `whose`.
//!
//! The modules, from top to bottom; each uses only modules below it:
//!
//! - `attribute`, `derive`: the entry points, from tokens to tokens
//! - `block`: an attribute on an `impl` block, which becomes an attribute on each method
//! - `expand`: writes code from a valid `model`, and cannot fail
//! - `check`: validates the arguments and returns the `model`
//! - `args`, `shape`: parse the arguments; recognise the kind of function
//! - `item`: the parsed function
//! - `keys`, `bindings`, `boxed`, `entry_point`, `returns`, `model`: the grammar, the analysis of a
//!   function, the model
//! - `diag`, `spans`, `tokens`: errors, spans, tokens
//!
//! The body of a function is never parsed.

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

#[doc = include_str!("../docs/with_conversation.md")]
#[doc = include_str!("../docs/identity.md")]
#[doc = include_str!("../docs/shapes.md")]
#[doc = include_str!("../docs/cookbook.md")]
#[proc_macro_attribute]
pub fn with_conversation(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::attribute(Macro::WithConversation, args.into(), item.into()).into()
}

#[doc = include_str!("../docs/monitor.md")]
#[proc_macro_attribute]
pub fn monitor(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::attribute(Macro::Monitor, args.into(), item.into()).into()
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
