//! The check of the span of `trace`.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, LitStr};

use super::fields::fields;
use super::level::{check_level, kind, named};
use super::literal::{last_word, plain};
use super::report;
use crate::check::context::{CheckContext, FnInfo};
use crate::check::keyed::KeyedArgs;
use crate::diag::Errors;
use crate::keys::Key;
use crate::model::{Parent, Span};

pub(in crate::check) fn check(
    context: &CheckContext<'_>,
    function: &FnInfo<'_>,
    keyed: &mut KeyedArgs,
    errors: &mut Errors,
) -> Span {
    let default_name = function.name.unraw().to_string();
    let name = keyed
        .value(Key::Name)
        .and_then(|value| plain("name", value, errors));
    let name = name.map_or_else(
        || LitStr::new(&default_name, function.name.span()).into_token_stream(),
        |name| name.into_token_stream(),
    );
    let fields = fields(context, keyed, errors);
    Span {
        name,
        target: keyed
            .value(Key::Target)
            .and_then(|value| plain("target", value, errors)),
        level: keyed
            .value(Key::Level)
            .map_or_else(|| named("info"), |v| check_level(v, errors)),
        kind: kind(keyed, errors),
        parent: keyed
            .value(Key::Parent)
            .and_then(|value| plain("parent", value, errors))
            .map(parent),
        follows_from: keyed
            .value(Key::FollowsFrom)
            .and_then(|value| plain("follows_from", value, errors)),
        fields,
        output: report::report(Key::Output, function, keyed, errors),
        err: report::report(Key::Err, function, keyed, errors),
    }
}

/// Recognises a `None`, which has no type of its own.
fn parent(expr: Expr) -> Parent {
    if last_word(&expr).is_some_and(|word| word == "None") {
        Parent::Root
    } else {
        Parent::Span(expr)
    }
}
