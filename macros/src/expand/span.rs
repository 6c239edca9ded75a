//! The span of a traced function.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned, ToTokens};
use syn::spanned::Spanned;
use syn::Type;

use super::{local, Writer};
use crate::model::{ErrMode, FieldMode, Level, Parent, Span, SpanField};
use crate::returns::error_may_be_short_lived;
use crate::spans::behind;

impl Writer<'_> {
    /// Gives kind and span to `make`, with everything that the span's expressions name around it.
    ///
    /// They are evaluated outside of the scope, and live as long as the statement.
    pub(super) fn with_span(
        &self,
        span: &Span,
        make: impl FnOnce(TokenStream, TokenStream) -> TokenStream,
    ) -> TokenStream {
        let locals: Vec<Ident> = (0..span.fields.len())
            .map(|at| {
                let mut name = format_ident!("__whose_{at}");
                name.set_span(behind(span.fields[at].expr.span()));
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
            .map(|(field, name)| (name.clone(), self.field(field.mode, &field.expr)))
            .unzip();
        if let Some(Parent::Span(parent)) = &span.parent {
            let whose = &self.model.whose;
            let value = self.taken_as(parent, &quote!(#whose::__private::AsSpan));
            names.push(local("__whose_parent"));
            values.push(quote!(#whose::__private::parent(#value)));
        }
        if let Some(causes) = &span.follows_from {
            let whose = &self.model.whose;
            names.push(local("__whose_causes"));
            values.push(self.taken_as(causes, &quote!(#whose::__private::AsCauses)));
        }
        if names.is_empty() {
            return made;
        }
        quote!(match (#(#values,)*) { (#(#names,)*) => #made })
    }

    /// The statements that enter scope and span, and hold them in `guard`.
    pub(super) fn entered(&self, span: &Span, guard: &Ident) -> TokenStream {
        let (setup, scope) = if span.reads_nothing() {
            self.scope()
        } else {
            // Identity first, then the fields.
            let (setup, held) = self.held_scope();
            (setup, quote!(#held))
        };
        let whose = &self.model.whose;
        let level = self.level(span);
        let entered = self.with_span(
            span,
            |kind, make| quote!(#whose::__private::enter_traced(#scope, #level, #kind, #make)),
        );
        quote!(#setup let #guard = #entered;)
    }

    /// The statements before a traced future, and its scope and span, which `prepared` holds.
    ///
    /// A future that owns the arguments cannot stand beside a closure that reads them, so the span
    /// is made before it.
    pub(super) fn prepared(&self, span: &Span) -> (TokenStream, Ident) {
        let (setup, held) = self.held_scope();
        let (prepared, whose) = (local("__whose_prepared"), &self.model.whose);
        let level = self.level(span);
        let made = self.with_span(
            span,
            |kind, make| quote!(#whose::__private::prepare(#held, #level, #kind, #make)),
        );
        (quote!(#setup let #prepared = #made;), prepared)
    }

    fn level(&self, span: &Span) -> TokenStream {
        let whose = &self.model.whose;
        match &span.level {
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

    /// The closure that makes the span, by reference.
    fn new_span(&self, span: &Span, locals: &[Ident]) -> TokenStream {
        let whose = &self.model.whose;
        let target = match &span.target {
            Some(target) => quote!(#target),
            None => quote!(::core::module_path!()),
        };
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
        let level = self.level(span);
        let fields = span.fields.iter().zip(locals).map(|(field, value)| {
            let name = &field.name;
            match field.mode {
                FieldMode::Value => quote!(#name = #value,),
                FieldMode::Display => quote!(#name = %#value,),
                FieldMode::Debug | FieldMode::Captured => quote!(#name = ?#value,),
                FieldMode::Empty => quote!(#name = #whose::__private::tracing::field::Empty,),
            }
        });
        let output = span
            .output
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

    /// What is told about the output: statements over `__whose_span` and `__whose_output`, which
    /// both are references.
    pub(super) fn report(&self, output: Option<&Type>) -> Option<TokenStream> {
        let span = self.model.span.as_ref()?;
        let key = span.output.or(span.err.map(|(_, key)| key))?;
        // Whoever returns a type that cannot be shown is told so at that type.
        let at = behind(output.map_or(key, Spanned::span));
        let whose = self.whose_at(at);
        let placed = |name: &str| Ident::new(name, at);
        let (seen, value) = (placed("__whose_span"), placed("__whose_output"));
        let error = placed("__whose_error");
        let show = quote_spanned! {at=>
            #whose::__private::output(#seen, &#whose::__private::Captured(#value));
        };
        let Some((mode, _)) = span.err else {
            return Some(show);
        };
        let fail = placed(match mode {
            ErrMode::Display => "fail",
            ErrMode::Debug => "fail_debug",
        });
        let is_doubtful = output
            .zip(self.generics)
            .is_some_and(|(output, generics)| error_may_be_short_lived(output, generics));
        let fail = if is_doubtful {
            quote_spanned! {at=>
                #whose::__private::#fail(
                    #seen,
                    #error,
                    #whose::__private::Failing::anatomy(&#whose::__private::Probe(#error)),
                );
            }
        } else {
            // Which of its methods is meant depends on what the error is, so the trait has to be
            // seen.
            quote_spanned! {at=>
                use #whose::__private::Failing as _;
                #whose::__private::#fail(
                    #seen,
                    #error,
                    (&&&#whose::__private::Probe(#error)).anatomy(),
                );
            }
        };
        Some(match span.output {
            None => quote_spanned! {at=>
                if let ::core::result::Result::Err(#error) = #value { #fail }
            },
            Some(_) => quote_spanned! {at=>
                match #value {
                    ::core::result::Result::Ok(#value) => { #show }
                    ::core::result::Result::Err(#error) => { #fail }
                }
            },
        })
    }
}

impl Span {
    /// Whether nothing has to be evaluated for the span.
    fn reads_nothing(&self) -> bool {
        let reads_parent = matches!(self.parent, Some(Parent::Span(_)));
        let mut modes = self.fields.iter().map(|field| field.mode);
        modes.all(|mode| mode == FieldMode::Empty) && !reads_parent && self.follows_from.is_none()
    }
}
