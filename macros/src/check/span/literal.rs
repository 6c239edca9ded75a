//! Expressions whose text the macro reads.

use syn::{Expr, ExprLit, Ident, Lit};

use crate::args::{Sigil, Value};
use crate::diag::Errors;

/// Returns a value without a sigil that is not an empty string.
pub(in crate::check) fn plain(key: &str, value: &Value, errors: &mut Errors) -> Option<Expr> {
    if !matches!(value.sigil, Sigil::None) {
        errors.over(
            &value.expr,
            format!("`{key}` takes no sigil: write `{key} = EXPR`"),
        );
        return None;
    }
    if let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = ungroup(&value.expr)
    {
        if text.value().is_empty() {
            errors.at(
                text.span(),
                format!("`{key}` is empty: remove it, or give it a value"),
            );
            return None;
        }
    }
    Some(value.expr.clone())
}

/// Removes the invisible groups of `macro_rules!`.
pub(in crate::check) fn ungroup(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => ungroup(&group.expr),
        expr => expr,
    }
}

/// Returns a single word or a string.
pub(super) fn word(expr: &Expr) -> Option<String> {
    match ungroup(expr) {
        Expr::Path(path) => path.path.get_ident().map(Ident::to_string),
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// Returns the last segment of a path, or a string.
pub(super) fn last_word(expr: &Expr) -> Option<String> {
    match ungroup(expr) {
        Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        other => word(other),
    }
}
