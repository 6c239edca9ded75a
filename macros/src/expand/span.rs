//! The span of a traced function.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::Type;

use super::{local, Writer};
use crate::model::{ErrMode, FieldMode, Span};
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
        let made = make(kind(span), span_macro(span, &locals));
        let mut names = locals;
        let mut values: Vec<TokenStream> = span
            .fields
            .iter()
            .map(|field| self.values.field(field.mode, &field.expr))
            .collect();
        if let Some(parent) = &span.parent {
            names.push(local("__whose_parent"));
            values.push(self.values.tokens(parent));
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
        let entered = self.with_span(
            span,
            |kind, make| quote!(::whose::__private::enter_traced(#scope, #kind, #make)),
        );
        quote!(#setup let #guard = #entered;)
    }

    /// The statements before a traced future, and its scope and span, which `prepared` holds.
    ///
    /// A future that owns the arguments cannot stand beside a closure that reads them, so the span
    /// is made before it.
    pub(super) fn prepared(&self, span: &Span) -> (TokenStream, Ident) {
        let (setup, held) = self.held_scope();
        let prepared = local("__whose_prepared");
        let made = self.with_span(
            span,
            |kind, make| quote!(::whose::__private::prepare(#held, #kind, #make)),
        );
        (quote!(#setup let #prepared = #made;), prepared)
    }
}

impl Span {
    /// Whether nothing has to be evaluated for the span.
    fn reads_nothing(&self) -> bool {
        self.fields.is_empty() && self.parent.is_none()
    }
}

fn kind(span: &Span) -> TokenStream {
    match span.kind {
        None => quote!(::core::option::Option::None),
        Some(variant) => {
            let variant = format_ident!("{variant}");
            quote!(::core::option::Option::Some(::whose::Kind::#variant))
        }
    }
}

fn span_macro(span: &Span, locals: &[Ident]) -> TokenStream {
    let Span {
        name,
        level,
        target,
        parent,
        fields,
        ..
    } = span;
    let target = match target {
        Some(target) => quote!(#target),
        None => quote!(::core::module_path!()),
    };
    let parent = parent.as_ref().map(|_| {
        let parent = local("__whose_parent");
        quote!(parent: #parent,)
    });
    let fields = fields.iter().zip(locals).map(|(field, value)| {
        let name = &field.name;
        match field.mode {
            FieldMode::Value => quote!(#name = #value,),
            FieldMode::Display => quote!(#name = %#value,),
            FieldMode::Debug | FieldMode::Captured => quote!(#name = ?#value,),
        }
    });
    let output = span
        .output
        .map(|_| quote!("output" = ::whose::__private::tracing::field::Empty));
    quote! {
        || ::whose::__private::tracing::span!(
            target: #target, #parent #level, #name, #(#fields)* #output
        )
    }
}

/// What is told about the output: statements over `__whose_span` and `__whose_output`, which
/// both are references.
pub(super) fn report(span: &Span, output: Option<&Type>) -> Option<TokenStream> {
    let key = span.output.or(span.err.map(|(_, key)| key))?;
    // Whoever returns a type that cannot be shown is told so at that type.
    let at = behind(output.map_or(key, Spanned::span));
    let placed = |name: &str| Ident::new(name, at);
    let (seen, value) = (placed("__whose_span"), placed("__whose_output"));
    let error = placed("__whose_error");
    let show = quote_spanned! {at=>
        ::whose::__private::output(#seen, &::whose::__private::Captured(#value));
    };
    let Some((mode, _)) = span.err else {
        return Some(show);
    };
    let fail = placed(match mode {
        ErrMode::Display => "fail",
        ErrMode::Debug => "fail_debug",
    });
    let fail = quote_spanned!(at=> ::whose::__private::#fail(#seen, #error););
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
