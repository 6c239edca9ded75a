//! The body of the function, as a closure or an async block.

use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{quote, quote_spanned, ToTokens};
use syn::{Attribute, ReturnType, Type};

use crate::bindings::Bindings;
use crate::item::Function;
use crate::returns::{nameable, ungroup};
use crate::spans::{ends, mixed_site_at};
use crate::tokens::{returns_early, uses};

/// Lets the compiler see the type of an async block before its body, as a function's is seen:
/// without it, an early `return` would decide the type.
///
/// Errors about the type show the value that is returned here. So its ends are the user's own, where
/// the type is declared: what is ours is shown with the attribute that wrote it.
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

/// As [`return_edge`], of what comes out of the future that a function returns, by whichever name.
pub(super) fn edge_of_future(returned: &Type) -> TokenStream {
    let returned = nameable(returned).to_token_stream();
    let at = mixed_site_at(ends(&returned).0);
    let output = quote_spanned!(at=> <#returned as ::core::future::Future>::Output);
    edge(&output, &returned)
}

/// The edge of that type, shown where the tokens of `shown` stand.
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

/// `async move { .. }`, in the edition of the body: it decides when temporaries are dropped.
pub(super) fn async_block(
    asyncness: &TokenStream,
    inside: TokenStream,
    body: &Group,
) -> TokenStream {
    let mut block = Group::new(Delimiter::Brace, inside);
    block.set_span(body.span());
    quote!(#asyncness #block)
}

/// The body as a closure, out of which it may return early.
///
/// Its words are the user's, as those of an async block are: see `Writer::around_awaited`.
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

/// The type and the body of a function that asks who called it, as an expression: in a closure the
/// answer would be a place of ours.
///
/// A body that may return early cannot stand in place, and is told of that place.
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

/// Has the arguments that the body uses dropped as a function drops its own: the last one first.
///
/// What a closure or an async block captures is dropped in the order in which it is named.
pub(super) fn drop_order(function: &Function) -> TokenStream {
    let (bindings, body) = (Bindings::of(&function.sig), function.body.stream());
    // One that the body does not use stays unused, for the compiler to say so.
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
