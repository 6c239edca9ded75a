//! The body of the function, as a closure or an async block.

use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{quote, quote_spanned, ToTokens};
use syn::{Attribute, ReturnType, Type};

use crate::bindings::Bindings;
use crate::item::Function;
use crate::returns::{nameable, ungroup};
use crate::spans::{ends, mixed_site_at};
use crate::tokens::{returns_early, uses};

/// Returns a statement that tells the compiler the output type of an async block before its body.
///
/// Without the statement, the first `return` would decide the type. Errors about the type point at
/// the value that this statement returns, so the value has the span of the declared type.
pub(super) fn return_edge(output: Option<&Type>, body: &Group) -> TokenStream {
    let Some(output) = output else {
        let leave = quote_spanned!(body.span_open()=> return);
        return quote!(if false { #leave; };);
    };
    if matches!(ungroup(output), Type::Never(_)) {
        return TokenStream::new();
    }
    let output = nameable(output).to_token_stream();
    edge(&output, &output)
}

/// Like [`return_edge`], for the output of a returned future.
pub(super) fn edge_of_future(returned: &Type) -> TokenStream {
    let returned = nameable(returned).to_token_stream();
    let at = mixed_site_at(ends(&returned).0);
    let output = quote_spanned!(at=> <#returned as ::core::future::Future>::Output);
    edge(&output, &returned)
}

/// Returns the statement for the type `output`, at the span of `shown`.
fn edge(output: &TokenStream, shown: &TokenStream) -> TokenStream {
    let (first, last) = ends(shown);
    let value = Ident::new("__whose_return", mixed_site_at(first));
    let mut shown = Group::new(Delimiter::Parenthesis, value.to_token_stream());
    shown.set_span(first);
    let shown = quote_spanned!(last=> #shown.0);
    quote_spanned! {mixed_site_at(first)=>
        if let ::core::option::Option::Some(#value) = ::core::option::Option::None::<(#output,)> {
            return #shown;
        };
    }
}

/// Returns `async move { .. }` with the edition of the body, which decides when temporaries drop.
pub(super) fn async_block(
    asyncness: &TokenStream,
    inside: TokenStream,
    body: &Group,
) -> TokenStream {
    let mut block = Group::new(Delimiter::Brace, inside);
    block.set_span(body.span());
    quote!(#asyncness #block)
}

/// Returns the body of an `async fn` as an async block.
pub(super) fn body_future(function: &Function) -> TokenStream {
    let edge = return_edge(output_type(&function.sig.output), &function.body);
    let (order, body) = (drop_order(function), function.unbraced_body());
    // The keyword has the user's span and encloses the whole body, as in the compiler's own
    // desugaring: with our span, the block would lose the names of its captures.
    let asyncness = quote_spanned!(function.body.span()=> async move);
    async_block(&asyncness, quote!(#edge #order #body), &function.body)
}

/// Returns the body as a closure, from which the body may return early.
///
/// The keywords have the user's span, as in `Writer::around_awaited`.
pub(super) fn closure(function: &Function) -> TokenStream {
    let output = output_type(&function.sig.output).map(nameable);
    let output = output.map_or_else(|| quote!(()), ToTokens::into_token_stream);
    let (order, body) = (drop_order(function), &function.body);
    let words = quote_spanned!(body.span()=> move ||);
    if order.is_empty() {
        quote!(#words -> #output #body)
    } else {
        quote!(#words -> #output { #order #body })
    }
}

/// Returns the type and the body of a `#[track_caller]` function as an expression: inside a closure,
/// the caller would be a location in the expansion.
///
/// Returns `None` for a body that may return early, which needs a closure.
pub(super) fn in_place(function: &Function) -> Option<(TokenStream, TokenStream)> {
    let is_track_caller = |attr: &Attribute| attr.path().is_ident("track_caller");
    let asks = function.attrs.iter().any(is_track_caller);
    let body = &function.body;
    let is_possible = asks && !returns_early(&body.stream());
    is_possible.then(|| {
        let output = output_type(&function.sig.output).map(nameable);
        let output = output.map_or_else(|| quote!(()), ToTokens::into_token_stream);
        (output, quote!(match () { () => #body }))
    })
}

/// Returns a statement that keeps the drop order of a function: the last argument drops first.
///
/// A closure or an async block drops its captures in the order of their first use.
pub(super) fn drop_order(function: &Function) -> TokenStream {
    let (bindings, body) = (Bindings::of(&function.sig), function.body.stream());
    // An unused argument stays unused, so that the compiler warns about it.
    let is_used = |name: &&Ident| uses(&body, name);
    let named: Vec<_> = bindings.unconditional().filter(is_used).rev().collect();
    if named.len() < 2 {
        return TokenStream::new();
    }
    quote!(let _ = (#(&#named),*);)
}

pub(super) fn output_type(output: &ReturnType) -> Option<&Type> {
    match output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(ty),
    }
}
