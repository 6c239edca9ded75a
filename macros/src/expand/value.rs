//! Expressions that are taken by reference.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned, ToTokens};
use syn::Expr;

use super::identity::AGENT;
use super::writer::{local, Writer};
use crate::model::{FieldMode, RefExpr, SpanField};
use crate::spans::{ends, mixed_site_at, reference};

impl Writer<'_> {
    /// Returns `&(EXPR)`, or a wrapper that uses its `Display`.
    pub(super) fn ref_expr(&self, value_expr: &RefExpr) -> TokenStream {
        let value = self.by_ref(&value_expr.expr);
        if !value_expr.display {
            return value;
        }
        let expr = value_expr.expr.to_token_stream();
        let at = mixed_site_at(ends(&expr).0);
        let whose = self.whose_at(at);
        reference(
            quote_spanned!(at=> #whose::__private::Display(#value)),
            &expr,
        )
    }

    /// Returns the value of a span field. The cast checks the trait here, which gives one error at the
    /// expression.
    pub(super) fn field(&self, field: &SpanField) -> TokenStream {
        let (value, tokens) = (self.by_ref(&field.expr), field.expr.to_token_stream());
        let whose = &self.model.whose;
        let (value, shown) = match field.mode {
            FieldMode::Agent => {
                let agent = local(AGENT);
                return quote!(&#whose::__private::agent_name(&#agent));
            }
            FieldMode::Value | FieldMode::Empty => {
                (value, quote!(#whose::__private::tracing::Value))
            }
            FieldMode::Display => (value, quote!(::core::fmt::Display)),
            FieldMode::Debug => (value, quote!(::core::fmt::Debug)),
            FieldMode::Captured => (
                quote!(#whose::__private::captured(#value).form()),
                quote!(::core::fmt::Debug),
            ),
        };
        let value = reference(value, &tokens);
        quote!(#value as &dyn #shown)
    }

    /// Returns `&(EXPR) as &dyn TRAIT`.
    pub(super) fn dyn_ref(&self, expr: &Expr, shown: &TokenStream) -> TokenStream {
        let value = self.by_ref(expr);
        quote!(#value as &dyn #shown)
    }

    /// Returns `&(EXPR)`.
    fn by_ref(&self, expr: &Expr) -> TokenStream {
        let tokens = self.tokens(expr);
        reference(tokens.clone(), &tokens)
    }

    /// Returns the tokens of an expression.
    pub(super) fn tokens(&self, expr: &Expr) -> TokenStream {
        let tokens = expr.to_token_stream();
        if self.renames_self {
            rename_self(tokens)
        } else {
            tokens
        }
    }
}

fn rename_self(tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(word) if word == "self" => Ident::new("__self", word.span()).into(),
            TokenTree::Group(group) => {
                let inner = rename_self(group.stream());
                let mut renamed = proc_macro2::Group::new(group.delimiter(), inner);
                renamed.set_span(group.span());
                renamed.into()
            }
            other => other,
        })
        .collect()
}
