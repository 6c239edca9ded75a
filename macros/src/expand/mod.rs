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
use crate::returns::{nameable, Holder, Inside, Later, Polled};
use crate::shape::{Rewritten, Shape};
use crate::spans::{behind, shown_at};

pub(crate) use identity::guard;

/// A local of ours: no name of the user's can meet it.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The function with its scope.
pub(crate) fn function(function: &Function, shape: &Shape<'_>, model: &Model) -> TokenStream {
    let writer = Writer {
        model,
        renames_self: matches!(shape, Shape::AsyncTrait(rewritten) if rewritten.renames_self),
    };
    let inner = match shape {
        Shape::Sync => writer.around_block(function),
        Shape::Later(later) => writer.around_returned(function, later),
        Shape::Async(later) => writer.around_awaited(function, later.as_ref()),
        Shape::AsyncTrait(rewritten) => writer.around_rewritten(rewritten),
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
        let (body, output) = (function.unbraced_body(), output_type(&function.sig.output));
        let (guard, whose) = (local("__whose_guard"), &self.model.whose);
        let Some(span) = &self.model.span else {
            let (setup, scope) = self.scope();
            return quote!(#setup let #guard = #whose::__private::enter(#scope); #body);
        };
        let entered = self.entered(span, &guard);
        let Some(report) = self.report(output) else {
            return quote!(#entered #body);
        };
        let (body, value) = (closure(function), local("__whose_output"));
        let reported = reported(&quote!(#guard.span()), &value, &report);
        // Called once: the body may lend what it was lent.
        quote! {
            #entered
            let #value = ::core::option::Option::unwrap_or_else(::core::option::Option::None, #body);
            #reported
            #value
        }
    }

    /// Around a body that makes what is polled later: it runs inside of the scope as well.
    fn around_returned(&self, function: &Function, later: &Later<'_>) -> TokenStream {
        let whose = &self.model.whose;
        let (body, value) = (closure(function), local("__whose_output"));
        let Some(span) = &self.model.span else {
            let (setup, scope) = self.held_scope();
            let held = self.held(&quote!(#whose::__private::scoped), &scope, later, None);
            return quote! {
                #setup
                let #value = #whose::Scope::in_scope(::core::clone::Clone::clone(&#scope), #body);
                #held
            };
        };
        let (setup, prepared) = self.prepared(span);
        let output = match later.polled {
            Polled::Future(output) if later.is_itself() => output,
            _ => output_type(&function.sig.output),
        };
        let report = self.report(output);
        let (at_once, at_last) = if later.is_itself() {
            (None, report)
        } else {
            (report, None)
        };
        let at_once = at_once.map(|report| reported(&quote!(#prepared.span()), &value, &report));
        let held = self.held(
            &quote!(#whose::__private::traced),
            &prepared,
            later,
            at_last,
        );
        quote! {
            #setup
            let (#prepared, #value) = #prepared.around(#body);
            #at_once
            #held
        }
    }

    /// Around the body of an `async fn`.
    fn around_awaited(&self, function: &Function, later: Option<&Later<'_>>) -> TokenStream {
        let output = output_type(&function.sig.output);
        let edge = return_edge(output);
        let body = function.unbraced_body();
        let at = behind(function.body.span_open());
        let asyncness = quote_spanned!(at=> async move);
        let future = async_block(&asyncness, quote!(#edge #body), &function.body);
        let Some(later) = later else {
            let (setup, wrapped) = self.around_future(&future, output);
            return quote!(#setup #wrapped.await);
        };
        let (setup, scope, put) = match &self.model.span {
            None => {
                let (setup, scope) = self.held_scope();
                (setup, scope, "scoped")
            }
            Some(span) => {
                let (setup, prepared) = self.prepared(span);
                (setup, prepared, "traced")
            }
        };
        let (whose, put) = (&self.model.whose, local(put));
        let put = quote!(#whose::__private::#put);
        let kept = quote!(::core::clone::Clone::clone(&#scope));
        let (value, wrapped) = (
            local("__whose_output"),
            self.put(&put, &kept, &future, self.report(output)),
        );
        let held = self.held(&put, &scope, later, None);
        quote!(#setup let #value = #wrapped.await; #held)
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
            ..
        } = rewritten;
        let edge = output.map(|output| return_edge(Some(output)));
        let future = async_block(asyncness, quote!(#edge #rest), block);
        let (setup, wrapped) = self.around_future(&future, *output);
        let future = async_block(asyncness, quote!(#arguments #setup #wrapped.await), block);
        quote!(#before (#future))
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

    /// The future or stream with the scope around it, and the report of what it gives.
    fn put(
        &self,
        put: &TokenStream,
        scope: &TokenStream,
        polled: &TokenStream,
        report: Option<TokenStream>,
    ) -> TokenStream {
        let Some(report) = report else {
            return quote!(#put(#scope, #polled));
        };
        let whose = &self.model.whose;
        let (seen, value) = (local("__whose_span"), local("__whose_output"));
        quote!(#whose::__private::traced_then(#scope, #polled, |#seen, #value| { #report }))
    }

    /// What the function returns, from `__whose_output`: what is polled later, with its scope.
    fn held(
        &self,
        put: &TokenStream,
        scope: &Ident,
        later: &Later<'_>,
        report: Option<TokenStream>,
    ) -> TokenStream {
        let value = local("__whose_output");
        let polled = match later.polled {
            Polled::IntoFuture => quote!(::core::future::IntoFuture::into_future(#value)),
            Polled::Future(_) | Polled::Stream => quote!(#value),
        };
        let put = self.put(put, &quote!(#scope), &polled, report);
        let put = match later.holder {
            Holder::Itself => put,
            Holder::Boxed => quote!(::std::boxed::Box::new(#put)),
            Holder::Pinned => quote!(::std::boxed::Box::pin(#put)),
        };
        match later.inside {
            Inside::Nothing => put,
            Inside::Option => quote! {
                match #value {
                    ::core::option::Option::Some(#value) => ::core::option::Option::Some(#put),
                    ::core::option::Option::None => ::core::option::Option::None,
                }
            },
            Inside::Result => {
                let error = local("__whose_error");
                quote! {
                    match #value {
                        ::core::result::Result::Ok(#value) => ::core::result::Result::Ok(#put),
                        ::core::result::Result::Err(#error) => ::core::result::Result::Err(#error),
                    }
                }
            }
        }
    }
}

/// The body as a closure, out of which it may return early.
fn closure(function: &Function) -> TokenStream {
    let output = output_type(&function.sig.output).map(nameable);
    let output = output.map_or_else(|| quote!(()), ToTokens::into_token_stream);
    let body = &function.body;
    quote!(move || -> #output #body)
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
