//! The expansion of a function: the body in its scope.

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::quote;
use syn::ReturnType;

use super::body::{async_block, closure, in_place, output_type, return_edge};
use super::report::reported;
use super::writer::{local, Writer};
use crate::entry_point::BlocksOn;
use crate::item::Function;
use crate::model::Model;
use crate::returns::is_closure;
use crate::shape::{Rewritten, Shape};

/// Returns the function with the scope around its body.
pub(crate) fn function(function: &Function, shape: &Shape<'_>, model: &Model) -> TokenStream {
    let writer = Writer {
        model,
        generics: Some(&function.sig.generics),
        renames_self: matches!(shape, Shape::AsyncTrait(rewritten) if rewritten.renames_self),
    };
    let inner = match shape {
        _ if model.job.is_some() => writer.as_run(function, shape),
        Shape::Sync => writer.around_block(function),
        Shape::Deferred(deferred) => writer.around_returned(function, deferred),
        Shape::Async(deferred) => writer.around_awaited(function, deferred.as_ref()),
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
    // The body is inside an async block now, and may return a future: the lint checks blocks only.
    let allow = matches!(
        (shape, &sig.output),
        (Shape::Async(_), ReturnType::Type(..))
    )
    .then(|| quote!(#[allow(clippy::async_yields_async)]));
    quote!(#(#attrs)* #allow #vis #sig #block)
}

impl Writer<'_> {
    /// Wraps the body of a synchronous function.
    fn around_block(&self, function: &Function) -> TokenStream {
        // Up to the 2021 edition, the temporaries of the last expression outlive the locals of a
        // block, including the guard. The temporaries of a match arm end with the arm.
        let (body, output) = (&function.body, output_type(&function.sig.output));
        let body = match output.is_some_and(is_closure) {
            // A returned closure has no temporaries, and a match arm would hide its argument types.
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
            // A `FnOnce`, so that the body may return what it borrows.
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

    /// Wraps the method that `#[async_trait]` rewrote. The block owns the arguments after the
    /// statements that move them in.
    fn around_rewritten(&self, rewritten: &Rewritten<'_>) -> TokenStream {
        let Rewritten {
            before,
            asyncness,
            block,
            arguments,
            rest,
            output,
            deferred,
            ..
        } = rewritten;
        let edge = output.map(|output| return_edge(Some(output), block));
        let future = async_block(asyncness, quote!(#edge #rest), block);
        let awaited = self.awaited(&future, *output, deferred.as_ref());
        // A boxed output has the declared type, which no other token of the expansion names.
        let edge = edge.filter(|_| deferred.is_some());
        let future = async_block(asyncness, quote!(#edge #arguments #awaited), block);
        quote!(#before (#future))
    }

    /// Wraps the future that a runtime blocks on.
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
}
