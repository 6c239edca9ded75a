//! The expansion of `output` and `err`.

use proc_macro2::{Ident, Span as TokenSpan, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::Type;

use super::writer::{local, Writer};
use crate::model::{Report, ShownBy, Span};
use crate::returns::error_may_be_short_lived;
use crate::spans::mixed_site_at;

impl Writer<'_> {
    /// Returns statements over the references `__whose_span` and `__whose_output`.
    pub(super) fn report(&self, output: Option<&Type>) -> Option<TokenStream> {
        let span = self.model.span.as_ref()?;
        let key = span.output.as_ref().or(span.err.as_ref())?.key;
        // The error about a missing `Debug` or `Display` points at the return type.
        let at = mixed_site_at(output.map_or(key, Spanned::span));
        let value = Ident::new("__whose_output", at);
        let error = Ident::new("__whose_error", at);
        let show = span
            .output
            .as_ref()
            .map(|report_spec| self.show(span, report_spec, at));
        let Some(report_spec) = &span.err else {
            return show;
        };
        let fail = self.fail(span, report_spec, output, at);
        Some(match show {
            None => quote_spanned! {at=>
                if let ::core::result::Result::Err(#error) = #value { #fail }
            },
            Some(show) => quote_spanned! {at=>
                match #value {
                    ::core::result::Result::Ok(#value) => { #show }
                    ::core::result::Result::Err(#error) => { #fail }
                }
            },
        })
    }

    /// Returns the statements of `output`.
    fn show(&self, span: &Span, report_spec: &Report, at: TokenSpan) -> TokenStream {
        let whose = self.whose_at(at);
        let (seen, value) = (
            Ident::new("__whose_span", at),
            Ident::new("__whose_output", at),
        );
        let shown = match report_spec.shown_by {
            None | Some(ShownBy::Debug) => {
                quote_spanned!(at=> &#whose::__private::captured(#value).form())
            }
            Some(ShownBy::Display) => quote_spanned!(at=> &::core::format_args!("{}", #value)),
        };
        let event = self.event(
            span,
            report_spec,
            at,
            &quote_spanned!(at=> output = ?#shown),
        );
        quote_spanned!(at=> #whose::__private::output(#seen, #shown); #event)
    }

    /// Returns the statements of `err`.
    fn fail(
        &self,
        span: &Span,
        report_spec: &Report,
        output: Option<&Type>,
        at: TokenSpan,
    ) -> TokenStream {
        let whose = self.whose_at(at);
        let (seen, error) = (
            Ident::new("__whose_span", at),
            Ident::new("__whose_error", at),
        );
        let (function, shown) = match report_spec.shown_by {
            None | Some(ShownBy::Display) => ("fail", quote_spanned!(at=> error = %#error)),
            Some(ShownBy::Debug) => ("fail_debug", quote_spanned!(at=> error = ?#error)),
        };
        let function = Ident::new(function, at);
        let is_doubtful = output
            .zip(self.generics)
            .is_some_and(|(output, generics)| error_may_be_short_lived(output, generics));
        let anatomy = if is_doubtful {
            quote_spanned!(at=> #whose::__private::Failing::anatomy(&#whose::__private::ErrorProbe(#error)))
        } else {
            quote_spanned!(at=> (&&&#whose::__private::ErrorProbe(#error)).anatomy())
        };
        // Autoref specialisation selects a method by the type of the error and needs the trait in scope.
        let import =
            (!is_doubtful).then(|| quote_spanned!(at=> use #whose::__private::Failing as _;));
        let event = self.event(span, report_spec, at, &shown);
        quote_spanned! {at=>
            #import
            #whose::__private::#function(#seen, #error, #anatomy);
            #event
        }
    }

    /// Returns the event of `level = ..`, which the layer of `whose` ignores.
    fn event(
        &self,
        span: &Span,
        report_spec: &Report,
        at: TokenSpan,
        field: &TokenStream,
    ) -> Option<TokenStream> {
        let (whose, target) = (self.whose_at(at), span.target());
        let level = self.level(report_spec.event.as_ref()?);
        Some(quote_spanned! {at=>
            #whose::__private::tracing::event!(
                name: #whose::__private::TOLD, target: #target, #level, #field
            );
        })
    }
}

/// Returns the report of an available value.
pub(super) fn reported(span: &TokenStream, value: &Ident, report: &TokenStream) -> TokenStream {
    let seen = local("__whose_span");
    quote!({
        let (#seen, #value) = (#span, &#value);
        #report
    })
}
