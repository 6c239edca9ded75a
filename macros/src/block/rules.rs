//! The rules for arguments on a block.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Expr, Ident, Meta};

use crate::args::{parse_entries, Arg, ArgValue};
use crate::diag::Errors;
use crate::keys::{lookup, Key, Macro};

/// Returns the key of an argument.
pub(super) fn resolve_key(mac: Macro, at: usize, arg: &Arg) -> Option<Key> {
    let positional = mac.positional().filter(|_| at == 0);
    match &arg.key {
        None => positional,
        Some(word) => {
            let found = lookup(mac, &word.to_string()).map(|spec| spec.key);
            found.or(positional.filter(|_| matches!(arg.value, ArgValue::Bare)))
        }
    }
}

/// Returns whether a word is spelled like a constant.
pub(super) fn is_constant(word: &Ident) -> bool {
    word.to_string().chars().all(|c| !c.is_lowercase())
}

pub(super) fn mentions_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "self",
        TokenTree::Group(group) => mentions_self(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Returns whether the attribute is `mac`, with or without the path of the crate.
pub(super) fn names(attr: &Attribute, mac: Macro) -> bool {
    let segments = &attr.path().segments;
    // Not an attribute of another crate, such as `fastrace::trace`.
    let of_another =
        segments.len() > 1 && segments.first().is_some_and(|first| first.ident != "whose");
    segments
        .last()
        .is_some_and(|last| last.ident == mac.attr_name())
        && !of_another
}

/// Returns whether the attribute is `#[trace(skip)]`.
pub(super) fn leaves_out(attr: &Attribute) -> bool {
    let Meta::List(list) = &attr.meta else {
        return false;
    };
    names(attr, Macro::Trace) && list.tokens.to_string() == "skip"
}

/// Reports arguments that make sense on a single method only.
pub(super) fn check(mac: Macro, args: &[Arg], errors: &mut Errors) {
    for (at, arg) in args.iter().enumerate() {
        let key = resolve_key(mac, at, arg);
        if let (Some(Key::Name), Some(word)) = (key, &arg.key) {
            errors.at(
                word.span(),
                "all spans of the block would have this name: put `name` on a method, or remove it",
            );
        }
        // These values are words or paths, and other checks report unknown keys.
        if matches!(key, None | Some(Key::Kind | Key::Level | Key::Crate)) {
            continue;
        }
        match &arg.value {
            ArgValue::Bare => {}
            ArgValue::Value(value) => check_root(&value.expr, errors),
            ArgValue::List(list) => {
                // The check of the list reports these errors.
                let mut reported = Errors::default();
                for entry in parse_entries(list, &mut reported) {
                    if !entry.shorthand {
                        check_root(&entry.value.expr, errors);
                    }
                }
            }
        }
    }
}

/// Reports an expression that starts with an argument, which not every method has.
fn check_root(expr: &Expr, errors: &mut Errors) {
    let Some(root) = root(expr) else {
        return;
    };
    if root == "self" || is_constant(root) {
        return;
    }
    errors.over(
        expr,
        format!(
            "an expression on an `impl` block starts with `self`, or is a literal or a constant: \
             `{root}` belongs to one method, so write `{}` there",
            expr.to_token_stream().to_string().replace(' ', "")
        ),
    );
}

/// Returns the single name at the start of an expression.
fn root(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Field(field) => root(&field.base),
        Expr::MethodCall(call) => root(&call.receiver),
        Expr::Reference(reference) => root(&reference.expr),
        Expr::Paren(paren) => root(&paren.expr),
        Expr::Group(group) => root(&group.expr),
        Expr::Index(index) => root(&index.expr),
        Expr::Unary(unary) => root(&unary.expr),
        Expr::Try(tried) => root(&tried.expr),
        _ => None,
    }
}

/// Returns the error for an attribute that applies to no method.
pub(super) fn no_method_concerned(mac: Macro, methods: usize) -> String {
    let name = mac.name();
    if methods == 0 {
        return format!(
            "`{name}` applies to the methods of the block, and there are none: remove it"
        );
    }
    format!(
        "`{name}` applies to no method of this block: each is `const`, has this attribute itself, \
         or lacks the arguments that are named; remove it, or put it on single methods"
    )
}
