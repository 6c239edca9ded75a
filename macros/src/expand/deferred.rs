//! The expansion for futures and streams that are polled later.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::body::{
    async_block, body_future, closure, drop_order, edge_of_future, in_place, output_type,
};
use super::report::reported;
use super::writer::{local, Writer};
use crate::boxed::{self, boxed, Boxed};
use crate::item::Function;
use crate::returns::{nameable, Boxing, Deferred, PollKind, Wrapper};
use crate::tokens::returns_early;

/// Returns whether the scope can go inside the box that the body creates. A second box would need a
/// `'static` value in the first one.
pub(super) fn may_wrap_boxed(deferred: &Deferred<'_>, is_reported: bool) -> bool {
    let is_pinned = deferred.is_itself()
        && deferred.boxing == Boxing::Pinned
        && !deferred.may_be_another_stream;
    match deferred.kind {
        // Behind a type alias, only the declared box gives the report the output type.
        PollKind::Future(None) => is_pinned && !is_reported,
        PollKind::Future(Some(_)) | PollKind::Stream => is_pinned,
        PollKind::IntoFuture => false,
    }
}

/// Returns the argument of the box; an async block learns its output type before its body.
pub(super) fn with_edge(inside: TokenStream, returned: Option<&Type>) -> TokenStream {
    let block = boxed::async_block(inside.clone().into_iter().collect());
    match (returned, block) {
        (Some(returned), Some((asyncness, block))) => {
            let (edge, body) = (edge_of_future(returned), block.stream());
            async_block(&asyncness, quote!(#edge #body), &block)
        }
        _ => inside,
    }
}

/// Returns the body as a closure that returns the argument of the box; `None` if the body may return
/// early.
pub(super) fn unboxed(function: &Function) -> Option<TokenStream> {
    let Boxed { before, inside } = boxed(function.body.stream())?;
    if returns_early(&before) || returns_early(&inside) {
        return None;
    }
    let returned = output_type(&function.sig.output);
    let (order, inside) = (drop_order(function), with_edge(inside, returned));
    let words = quote_spanned!(function.body.span()=> move ||);
    Some(quote!(#words { #order #before #inside }))
}

impl Writer<'_> {
    /// Wraps a function that returns a future or stream; its body runs inside the scope too.
    pub(super) fn around_returned(
        &self,
        function: &Function,
        deferred: &Deferred<'_>,
    ) -> TokenStream {
        let whose = &self.model.whose;
        let (in_place, value) = (in_place(function), local("__whose_output"));
        let is_inside = may_wrap_boxed(deferred, self.report(None).is_some());
        let unboxed = is_inside.then(|| unboxed(function)).flatten();
        if is_inside && unboxed.is_none() && in_place.is_none() {
            if let Some(whole) = self.around_exits(function, deferred) {
                return whole;
            }
        }
        let body = unboxed.unwrap_or_else(|| closure(function));
        let guard = local("__whose_guard");
        let Some(span) = &self.model.span else {
            let (setup, scope) = self.bind_scope();
            let rewrapped = self.rewrap(&quote!(#whose::__private::scoped), &scope, deferred, None);
            let clone = quote!(::core::clone::Clone::clone(&#scope));
            let made = match in_place {
                Some((ty, body)) => quote! {
                    let #value: #ty = { let #guard = #whose::__private::enter(#clone); #body };
                },
                None => quote!(let #value = #whose::Scope::in_scope(#clone, #body);),
            };
            return quote!(#setup #made #rewrapped);
        };
        let (setup, prepared) = self.prepared(span);
        let output = match deferred.kind {
            PollKind::Future(output) if deferred.is_itself() => output,
            _ => output_type(&function.sig.output),
        };
        let report = self.report(output);
        let (at_once, at_last) = if deferred.is_itself() {
            (None, report)
        } else {
            (report, None)
        };
        let span = quote!(#whose::__private::Prepared::span(&#prepared));
        let at_once = at_once.map(|report| reported(&span, &value, &report));
        let rewrapped = self.rewrap(
            &quote!(#whose::__private::traced),
            &prepared,
            deferred,
            at_last,
        );
        let made = match in_place {
            Some((ty, body)) => quote! {
                let mut #prepared = #prepared;
                let #value: #ty = {
                    let #guard = #whose::__private::Prepared::enter(&mut #prepared);
                    #body
                };
            },
            None => quote! {
                let (#prepared, #value) = #whose::__private::Prepared::around(#prepared, #body);
            },
        };
        quote!(#setup #made #at_once #rewrapped)
    }

    /// Wraps the argument of `Box::pin(..)` at every exit of the body.
    fn around_exits(&self, function: &Function, deferred: &Deferred<'_>) -> Option<TokenStream> {
        let (whose, kept) = (&self.model.whose, local("__whose_kept"));
        let returned = output_type(&function.sig.output)?;
        let body = |wrapper_fn: &TokenStream, report: Option<&TokenStream>| {
            let wrap = |inside| {
                let inside = with_edge(inside, Some(returned));
                self.wrap(wrapper_fn, &quote!(#kept), &inside, report.cloned())
            };
            let body = boxed::at_exits(function.body.stream(), &wrap)?;
            let declared = nameable(returned);
            let (order, words) = (
                drop_order(function),
                quote_spanned!(function.body.span()=> move ||),
            );
            Some(quote!(#words -> #declared { #order #body }))
        };
        let Some(span) = &self.model.span else {
            let (setup, scope) = self.bind_scope();
            let body = body(&quote!(#whose::__private::scoped), None)?;
            return Some(quote! {
                #setup
                let #kept = ::core::clone::Clone::clone(&#scope);
                #whose::Scope::in_scope(#scope, #body)
            });
        };
        let (setup, prepared) = self.prepared(span);
        let report = self.report(match deferred.kind {
            PollKind::Future(output) => output,
            PollKind::IntoFuture | PollKind::Stream => None,
        });
        let body = body(&quote!(#whose::__private::traced), report.as_ref())?;
        Some(quote! {
            #setup
            let #kept = ::core::clone::Clone::clone(&#prepared);
            #whose::__private::Prepared::around(#prepared, #body).1
        })
    }

    /// Wraps the body of an `async fn`.
    pub(super) fn around_awaited(
        &self,
        function: &Function,
        deferred: Option<&Deferred<'_>>,
    ) -> TokenStream {
        let output = output_type(&function.sig.output);
        self.awaited(&body_future(function), output, deferred)
    }

    /// Awaits the future of a body in its scope; a future or stream in its output gets the scope too.
    pub(super) fn awaited(
        &self,
        future: &TokenStream,
        output: Option<&Type>,
        deferred: Option<&Deferred<'_>>,
    ) -> TokenStream {
        let Some(deferred) = deferred else {
            let (setup, wrapped) = self.around_future(future, output);
            return quote!(#setup #wrapped.await);
        };
        let (setup, scope, name) = match &self.model.span {
            None => {
                let (setup, scope) = self.bind_scope();
                (setup, scope, "scoped")
            }
            Some(span) => {
                let (setup, prepared) = self.prepared(span);
                (setup, prepared, "traced")
            }
        };
        let (whose, name) = (&self.model.whose, local(name));
        let wrapper_fn = quote!(#whose::__private::#name);
        let kept = quote!(::core::clone::Clone::clone(&#scope));
        let (value, wrapped) = (
            local("__whose_output"),
            self.wrap(&wrapper_fn, &kept, future, self.report(output)),
        );
        let rewrapped = self.rewrap(&wrapper_fn, &scope, deferred, None);
        quote!(#setup let #value = #wrapped.await; #rewrapped)
    }

    /// Returns the statements before a future, and the future in its scope.
    pub(super) fn around_future(
        &self,
        future: &TokenStream,
        output: Option<&Type>,
    ) -> (TokenStream, TokenStream) {
        let whose = &self.model.whose;
        let Some(span) = &self.model.span else {
            let (setup, scope) = self.bind_scope();
            return (setup, quote!(#whose::__private::scoped(#scope, #future)));
        };
        let (setup, prepared) = self.prepared(span);
        let traced = quote!(#whose::__private::traced);
        let wrapped = self.wrap(&traced, &quote!(#prepared), future, self.report(output));
        (setup, wrapped)
    }

    /// Wraps a future or stream in the scope, with the report of its output.
    pub(super) fn wrap(
        &self,
        wrapper_fn: &TokenStream,
        scope: &TokenStream,
        polled: &TokenStream,
        report: Option<TokenStream>,
    ) -> TokenStream {
        let Some(report) = report else {
            return quote!(#wrapper_fn(#scope, #polled));
        };
        let whose = &self.model.whose;
        let (seen, value) = (local("__whose_span"), local("__whose_output"));
        quote!(#whose::__private::traced_then(#scope, #polled, |#seen, #value| { #report }))
    }

    /// Rebuilds the return value from `__whose_output`: the wrapped future or stream in its original
    /// box and wrapper.
    fn rewrap(
        &self,
        wrapper_fn: &TokenStream,
        scope: &Ident,
        deferred: &Deferred<'_>,
        report: Option<TokenStream>,
    ) -> TokenStream {
        let value = local("__whose_output");
        let polled = match deferred.kind {
            PollKind::IntoFuture => quote!(::core::future::IntoFuture::into_future(#value)),
            PollKind::Future(_) | PollKind::Stream => quote!(#value),
        };
        let wrapped = self.wrap(wrapper_fn, &quote!(#scope), &polled, report);
        let whose = &self.model.whose;
        let boxed = match deferred.boxing {
            Boxing::Unboxed => wrapped,
            Boxing::Boxed => quote!(#whose::__private::Box::new(#wrapped)),
            Boxing::Pinned => quote!(#whose::__private::Box::pin(#wrapped)),
        };
        let checked = if deferred.may_be_another_stream {
            let method = local(match deferred.boxing {
                Boxing::Boxed => "put_box",
                Boxing::Unboxed | Boxing::Pinned => "put",
            });
            quote!({
                #[allow(unused_imports)]
                use #whose::__private::Unpolled as _;
                #whose::__private::PerhapsStream(#value).#method(#scope, |#scope, #value| #boxed)
            })
        } else {
            boxed
        };
        match deferred.wrapper {
            Wrapper::None => checked,
            Wrapper::Option => quote! {
                match #value {
                    ::core::option::Option::Some(#value) => ::core::option::Option::Some(#checked),
                    ::core::option::Option::None => ::core::option::Option::None,
                }
            },
            Wrapper::Result => {
                let error = local("__whose_error");
                quote! {
                    match #value {
                        ::core::result::Result::Ok(#value) => ::core::result::Result::Ok(#checked),
                        ::core::result::Result::Err(#error) => ::core::result::Result::Err(#error),
                    }
                }
            }
        }
    }
}
