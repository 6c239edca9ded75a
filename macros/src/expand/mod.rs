//! The code that is written for the user. Nothing here can fail.

mod identity;
mod span;
mod value;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{quote, quote_spanned, ToTokens};
use syn::spanned::Spanned;
use syn::{ReturnType, Type};

use crate::item::Function;
use crate::model::Model;
use crate::returns::nameable;
use crate::shape::{Ending, Moved, Shape};
use crate::spans::behind;

pub(crate) use identity::guard;
use value::Values;

/// A local of ours: no name of the user's can meet it.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The function with its scope.
pub(crate) fn function(function: &Function, shape: &Shape, model: &Model) -> TokenStream {
    let inner = match shape {
        Shape::Sync => Writer::new(model, false).around_block(function),
        Shape::Async => {
            let output = output_type(&function.sig.output);
            let edge = return_edge(output);
            let body = function.unbraced_body();
            let at = behind(function.body.span_open());
            let asyncness = quote_spanned!(at=> async move);
            let future = async_block(&asyncness, quote!(#edge #body), &function.body);
            let (setup, wrapped) = Writer::new(model, false).around_future(&future, output);
            quote!(#setup #wrapped.await)
        }
        Shape::Ending(ending) => around_ending(model, ending),
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
    quote!(#(#attrs)* #vis #sig #block)
}

fn around_ending(model: &Model, ending: &Ending) -> TokenStream {
    let Ending {
        before,
        asyncness,
        block,
        output,
        ..
    } = ending;
    let edge = output.as_ref().map(|output| return_edge(Some(output)));
    let pinned = |future: TokenStream| {
        if ending.pinned {
            quote!((#future))
        } else {
            future
        }
    };
    match &ending.moved {
        // The arguments are the block's own only behind the statements that move them in.
        Some(Moved {
            arguments,
            rest,
            renames_self,
        }) => {
            let future = async_block(asyncness, quote!(#edge #rest), block);
            let writer = Writer::new(model, *renames_self);
            let (setup, wrapped) = writer.around_future(&future, output.as_ref());
            let future = quote!(#arguments #setup #wrapped.await);
            let future = pinned(async_block(asyncness, future, block));
            quote!(#before #future)
        }
        // The block may hold other things than the arguments: they are read at the start.
        None => {
            let future = async_block(asyncness, quote!(#edge #block), block);
            let (setup, wrapped) =
                Writer::new(model, false).around_future(&future, output.as_ref());
            let future = pinned(wrapped);
            quote!(#setup { #before #future })
        }
    }
}

/// Lets the compiler see the type of an async block before its body, as a function's is seen:
/// without it, an early `return` would decide the type.
fn return_edge(output: Option<&Type>) -> TokenStream {
    match output {
        None => quote!(if false {
            return;
        }),
        Some(Type::Never(_)) => TokenStream::new(),
        Some(output) => {
            let output = nameable(output);
            let at = behind(output.span());
            let value = Ident::new("__whose_return", at);
            // Errors about the type are shown where it is declared.
            quote_spanned! {at=>
                if let ::core::option::Option::Some(#value) = ::core::option::Option::None::<#output> {
                    return #value;
                }
            }
        }
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
    values: Values,
}

impl<'a> Writer<'a> {
    fn new(model: &'a Model, renames_self: bool) -> Self {
        Self {
            model,
            values: Values { renames_self },
        }
    }

    /// Around a body that runs at once.
    fn around_block(&self, function: &Function) -> TokenStream {
        let (body, output) = (function.unbraced_body(), output_type(&function.sig.output));
        let guard = local("__whose_guard");
        let Some(span) = &self.model.span else {
            let (setup, scope) = self.scope();
            return quote!(#setup let #guard = ::whose::__private::enter(#scope); #body);
        };
        let entered = self.entered(span, &guard);
        let Some(report) = span::report(span, output) else {
            return quote!(#entered #body);
        };
        let (output, body) = (output.map(nameable), &function.body);
        let output = output.map_or_else(|| quote!(()), ToTokens::into_token_stream);
        let (seen, value) = (local("__whose_span"), local("__whose_output"));
        // A closure that is called once: the body may return early, and lend what it was lent.
        quote! {
            #entered
            let #value = ::core::option::Option::unwrap_or_else(
                ::core::option::Option::None,
                move || -> #output #body,
            );
            {
                let (#seen, #value) = (#guard.span(), &#value);
                #report
            }
            #value
        }
    }

    /// Around a future: what comes before it, and the future with its scope.
    fn around_future(
        &self,
        future: &TokenStream,
        output: Option<&Type>,
    ) -> (TokenStream, TokenStream) {
        let Some(span) = &self.model.span else {
            let (setup, scope) = self.held_scope();
            return (setup, quote!(::whose::__private::scoped(#scope, #future)));
        };
        let (setup, prepared) = self.prepared(span);
        let wrapped = match span::report(span, output) {
            None => quote!(::whose::__private::traced(#prepared, #future)),
            Some(report) => {
                let (seen, value) = (local("__whose_span"), local("__whose_output"));
                let then = quote!(|#seen, #value| { #report });
                quote!(::whose::__private::traced_then(#prepared, #future, #then))
            }
        };
        (setup, wrapped)
    }
}

fn output_type(output: &ReturnType) -> Option<&Type> {
    match output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(ty),
    }
}
