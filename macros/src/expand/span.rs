//! The expansion of the span of a traced function.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, ToTokens};
use syn::spanned::Spanned;

use super::writer::{local, Writer};
use crate::model::{FieldMode, Level, Parent, Span, SpanField};
use crate::spans::mixed_site_at;

impl Writer<'_> {
    /// Passes kind and span to `make`, inside a match that evaluates the expressions of the span.
    ///
    /// The expressions are evaluated outside the scope and live as long as the statement.
    pub(super) fn with_span(
        &self,
        span: &Span,
        make: impl FnOnce(TokenStream, TokenStream) -> TokenStream,
    ) -> TokenStream {
        let locals: Vec<Ident> = (0..span.fields.len())
            .map(|at| {
                let mut name = format_ident!("__whose_{at}");
                name.set_span(mixed_site_at(span.fields[at].expr.span()));
                name
            })
            .collect();
        let made = make(self.kind(span), self.new_span(span, &locals));
        let valued = |(field, _): &(&SpanField, &Ident)| field.mode != FieldMode::Empty;
        let (mut names, mut values): (Vec<Ident>, Vec<TokenStream>) = span
            .fields
            .iter()
            .zip(&locals)
            .filter(valued)
            .map(|(field, name)| (name.clone(), self.field(field)))
            .unzip();
        if let Some(Parent::Span(parent)) = &span.parent {
            let whose = &self.model.whose;
            let value = self.dyn_ref(parent, &quote!(#whose::__private::AsSpan));
            names.push(local("__whose_parent"));
            values.push(quote!(#whose::__private::parent(#value)));
        }
        if let Some(causes) = &span.follows_from {
            let whose = &self.model.whose;
            names.push(local("__whose_causes"));
            values.push(self.dyn_ref(causes, &quote!(#whose::__private::AsCauses)));
        }
        if names.is_empty() {
            return made;
        }
        quote!(match (#(#values,)*) { (#(#names,)*) => #made })
    }

    /// Returns the statements that enter scope and span with `guard`.
    pub(super) fn entered(&self, span: &Span, guard: &Ident) -> TokenStream {
        let (setup, scope) = if span.reads_nothing() {
            self.scope()
        } else {
            // The identity is evaluated before the fields.
            let (setup, scope_local) = self.bind_scope();
            (setup, quote!(#scope_local))
        };
        let whose = &self.model.whose;
        let level = self.level(&span.level);
        let entered = self.with_span(
            span,
            |kind, make| quote!(#whose::__private::enter_traced(#scope, #level, #kind, #make)),
        );
        quote!(#setup let #guard = #entered;)
    }

    /// Returns the statements before a traced future, and the local with its scope and span.
    ///
    /// The span is created before the future, because the future owns the arguments that the fields
    /// read.
    pub(super) fn prepared(&self, span: &Span) -> (TokenStream, Ident) {
        let (setup, scope_local) = self.bind_scope();
        let (prepared, whose) = (local("__whose_prepared"), &self.model.whose);
        let level = self.level(&span.level);
        let made = self.with_span(
            span,
            |kind, make| quote!(#whose::__private::prepare(#scope_local, #level, #kind, #make)),
        );
        (quote!(#setup let #prepared = #made;), prepared)
    }

    pub(super) fn level(&self, level: &Level) -> TokenStream {
        let whose = &self.model.whose;
        match level {
            Level::Named(name) => {
                let name = local(name);
                quote!(#whose::__private::tracing::Level::#name)
            }
            Level::Const(level) => level.to_token_stream(),
        }
    }

    fn kind(&self, span: &Span) -> TokenStream {
        match span.kind {
            None => quote!(::core::option::Option::None),
            Some(variant) => {
                let (variant, whose) = (format_ident!("{variant}"), &self.model.whose);
                quote!(::core::option::Option::Some(#whose::Kind::#variant))
            }
        }
    }

    /// Returns a reference to a closure that creates the span.
    fn new_span(&self, span: &Span, locals: &[Ident]) -> TokenStream {
        let whose = &self.model.whose;
        let target = span.target();
        let parent = match span.parent {
            None => TokenStream::new(),
            Some(Parent::Root) => {
                quote!(parent: ::core::option::Option::None::<#whose::__private::tracing::Id>,)
            }
            Some(Parent::Span(_)) => {
                let parent = local("__whose_parent");
                quote!(parent: ::core::clone::Clone::clone(&#parent),)
            }
        };
        let level = self.level(&span.level);
        let fields = span.fields.iter().zip(locals).map(|(field, value)| {
            let name = &field.name;
            match field.mode {
                FieldMode::Value | FieldMode::Agent => quote!(#name = #value,),
                FieldMode::Display => quote!(#name = %#value,),
                FieldMode::Debug | FieldMode::Captured => quote!(#name = ?#value,),
                FieldMode::Empty => quote!(#name = #whose::__private::tracing::field::Empty,),
            }
        });
        let output = span
            .output
            .as_ref()
            .map(|_| quote!("output" = #whose::__private::tracing::field::Empty));
        let name = &span.name;
        let made = quote! {
            #whose::__private::tracing::span!(
                target: #target, #parent #level, #name, #(#fields)* #output
            )
        };
        match &span.follows_from {
            None => quote!(&|| #made),
            Some(_) => {
                let causes = local("__whose_causes");
                quote!(&|| #whose::__private::following(#made, #causes))
            }
        }
    }
}

impl Span {
    pub(super) fn target(&self) -> TokenStream {
        match &self.target {
            Some(target) => quote!(#target),
            None => quote!(::core::module_path!()),
        }
    }

    /// Returns whether the span has no expression to evaluate.
    fn reads_nothing(&self) -> bool {
        let reads_parent = matches!(self.parent, Some(Parent::Span(_)));
        let mut modes = self.fields.iter().map(|field| field.mode);
        modes.all(|mode| mode == FieldMode::Empty) && !reads_parent && self.follows_from.is_none()
    }
}
