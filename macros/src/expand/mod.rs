//! The code that is written for the user. Nothing here can fail.

mod identity;
mod later;
mod report;
mod span;
mod value;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{quote, quote_spanned, ToTokens};
use syn::{Attribute, Generics, ReturnType, Type};

use crate::bindings::Bindings;
use crate::entry_point::BlocksOn;
use crate::item::Function;
use crate::model::Model;
use crate::returns::{bare, is_closure, nameable};
use crate::shape::{Rewritten, Shape};
use crate::spans::{behind, ends, shown_at};
use crate::tokens::{returns_early, uses};

pub(crate) use identity::guard;

/// A local of ours: no name of the user's can meet it.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The function with its scope.
pub(crate) fn function(function: &Function, shape: &Shape<'_>, model: &Model) -> TokenStream {
    let writer = Writer {
        model,
        generics: Some(&function.sig.generics),
        renames_self: matches!(shape, Shape::AsyncTrait(rewritten) if rewritten.renames_self),
    };
    let inner = match shape {
        Shape::Sync => writer.around_block(function),
        Shape::Later(later) => writer.around_returned(function, later),
        Shape::Async(later) => writer.around_awaited(function, later.as_ref()),
        Shape::AsyncTrait(rewritten) => writer.around_rewritten(rewritten),
        Shape::BlocksOn(blocks_on) => writer.around_blocked_on(function, blocks_on),
    };
    let Function {
        attrs,
        vis,
        sig,
        inner_attrs,
        ..
    } = function;
    let mut block = Group::new(Delimiter::Brace, quote!(#inner_attrs #inner));
    block.set_span(function.body.span());
    // The body of the function is the body of a block now, which may give something awaitable as
    // well: the lint is about blocks alone.
    let allow = matches!(
        (shape, &sig.output),
        (Shape::Async(_), ReturnType::Type(..))
    )
    .then(|| quote!(#[allow(clippy::async_yields_async)]));
    quote!(#(#attrs)* #allow #vis #sig #block)
}

/// Lets the compiler see the type of an async block before its body, as a function's is seen:
/// without it, an early `return` would decide the type.
///
/// Errors about the type show the value that is returned here. So its ends are the user's own, where
/// the type is declared: what is ours is shown with the attribute that wrote it.
fn return_edge(output: Option<&Type>, body: &Group) -> TokenStream {
    let Some(output) = output else {
        let leave = quote_spanned!(body.span_open()=> return);
        return quote!(if false { #leave; };);
    };
    if matches!(bare(output), Type::Never(_)) {
        return TokenStream::new();
    }
    let output = nameable(output).to_token_stream();
    edge(&output, &output)
}

/// As [`return_edge`], of what comes out of the future that a function returns, by whichever name.
fn edge_of_future(returned: &Type) -> TokenStream {
    let returned = nameable(returned).to_token_stream();
    let at = behind(ends(&returned).0);
    let output = quote_spanned!(at=> <#returned as ::core::future::Future>::Output);
    edge(&output, &returned)
}

/// The edge of that type, shown where the tokens of `shown` stand.
fn edge(output: &TokenStream, shown: &TokenStream) -> TokenStream {
    let (first, last) = ends(shown);
    let value = Ident::new("__whose_return", behind(first));
    let mut shown = Group::new(Delimiter::Parenthesis, value.to_token_stream());
    shown.set_span(first);
    let shown = quote_spanned!(last=> #shown.0);
    quote_spanned! {behind(first)=>
        if let ::core::option::Option::Some(#value) = ::core::option::Option::None::<(#output,)> {
            return #shown;
        };
    }
}

/// `async move { .. }`, in the edition of the body: it decides when temporaries are dropped.
fn async_block(asyncness: &TokenStream, inside: TokenStream, body: &Group) -> TokenStream {
    let mut block = Group::new(Delimiter::Brace, inside);
    block.set_span(body.span());
    quote!(#asyncness #block)
}

/// Writes the scope of one function.
struct Writer<'a> {
    model: &'a Model,
    /// Of the function.
    generics: Option<&'a Generics>,
    /// `self` has been moved into `__self`.
    renames_self: bool,
}

impl Writer<'_> {
    /// The path of the crate, where it is shown at `place`.
    fn whose_at(&self, place: Span) -> TokenStream {
        shown_at(&self.model.whose, place)
    }

    /// Around a body that runs at once.
    fn around_block(&self, function: &Function) -> TokenStream {
        // Up to the 2021 edition the temporaries of the last expression outlive the locals of a
        // block, and the guard with them; those of an arm end with the arm.
        let (body, output) = (&function.body, output_type(&function.sig.output));
        let body = match output.is_some_and(is_closure) {
            // A closure has no temporaries, and the type of its arguments is not known in an arm.
            true => quote!(#body),
            false => quote!(match () { () => #body }),
        };
        let (guard, whose) = (local("__whose_guard"), &self.model.whose);
        let Some(span) = &self.model.span else {
            let (setup, scope) = self.scope();
            return quote!(#setup let #guard = #whose::__private::enter(#scope); #body);
        };
        let entered = self.entered(span, &guard);
        let Some(report) = self.report(output) else {
            return quote!(#entered #body);
        };
        let value = local("__whose_output");
        let span = quote!(#whose::__private::TracedGuard::span(&#guard));
        let reported = reported(&span, &value, &report);
        let made = match in_place(function) {
            Some((ty, body)) => quote!(let #value: #ty = #body;),
            // Called once: the body may lend what it was lent.
            None => {
                let body = closure(function);
                quote! {
                    let #value =
                        ::core::option::Option::unwrap_or_else(::core::option::Option::None, #body);
                }
            }
        };
        quote!(#entered #made #reported #value)
    }

    /// Around what `#[async_trait]` has made: the arguments are the block's own only behind the
    /// statements that move them in.
    fn around_rewritten(&self, rewritten: &Rewritten<'_>) -> TokenStream {
        let Rewritten {
            before,
            asyncness,
            block,
            arguments,
            rest,
            output,
            later,
            ..
        } = rewritten;
        let edge = output.map(|output| return_edge(Some(output), block));
        let future = async_block(asyncness, quote!(#edge #rest), block);
        let awaited = self.awaited(&future, *output, later.as_ref());
        // What is boxed once more has the declared type, which nothing else names here.
        let edge = edge.filter(|_| later.is_some());
        let future = async_block(asyncness, quote!(#edge #arguments #awaited), block);
        quote!(#before (#future))
    }

    /// Around the future that a runtime waits for.
    fn around_blocked_on(&self, function: &Function, blocks_on: &BlocksOn) -> TokenStream {
        let BlocksOn {
            before,
            asyncness,
            block,
            after,
        } = blocks_on;
        let output = output_type(&function.sig.output);
        let edge = return_edge(output, block);
        let future = async_block(asyncness, quote!(#edge #block), block);
        let (setup, wrapped) = self.around_future(&future, output);
        quote!(#setup #before #wrapped #after)
    }

    /// Around a future: what comes before it, and the future with its scope.
    fn around_future(
        &self,
        future: &TokenStream,
        output: Option<&Type>,
    ) -> (TokenStream, TokenStream) {
        let whose = &self.model.whose;
        let Some(span) = &self.model.span else {
            let (setup, scope) = self.held_scope();
            return (setup, quote!(#whose::__private::scoped(#scope, #future)));
        };
        let (setup, prepared) = self.prepared(span);
        let traced = quote!(#whose::__private::traced);
        let wrapped = self.put(&traced, &quote!(#prepared), future, self.report(output));
        (setup, wrapped)
    }
}

/// The body as a closure, out of which it may return early.
///
/// Its words are the user's, as those of an async block are: see `Writer::around_awaited`.
fn closure(function: &Function) -> TokenStream {
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
fn in_place(function: &Function) -> Option<(TokenStream, TokenStream)> {
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
fn drop_order(function: &Function) -> TokenStream {
    let (bindings, body) = (Bindings::of(&function.sig), function.body.stream());
    // One that the body does not use stays unused, for the compiler to say so.
    let is_used = |name: &&Ident| uses(&body, name);
    let named: Vec<_> = bindings.unconditional().filter(is_used).rev().collect();
    if named.len() < 2 {
        return TokenStream::new();
    }
    quote!(let _ = (#(&#named),*);)
}

/// The report of a value that is there.
fn reported(span: &TokenStream, value: &Ident, report: &TokenStream) -> TokenStream {
    let seen = local("__whose_span");
    quote!({
        let (#seen, #value) = (#span, &#value);
        #report
    })
}

fn output_type(output: &ReturnType) -> Option<&Type> {
    match output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(ty),
    }
}
