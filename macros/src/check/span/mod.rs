//! The span of `trace`.

mod report;

pub(crate) use report::refusal;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, ExprLit, Ident, Lit, LitStr};

use super::keyed::{names_an_argument, no_argument, Keyed};
use super::{Subject, Traced};
use crate::args::{parse_entries, parse_idents, Entry, Name, Sigil, Value};
use crate::diag::{nearest, Errors};
use crate::keys::Key;
use crate::model::{FieldMode, Level, Parent, Span, SpanField};

const KINDS: [(&str, &str); 7] = [
    ("agent", "Agent"),
    ("llm", "Llm"),
    ("tool", "Tool"),
    ("chain", "Chain"),
    ("retriever", "Retriever"),
    ("embedding", "Embedding"),
    ("task", "Task"),
];

const LEVELS: [&str; 5] = ["trace", "debug", "info", "warn", "error"];

pub(super) fn check(
    subject: &Subject<'_>,
    function: &Traced<'_>,
    keyed: &mut Keyed,
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
    let mut fields = input(subject, keyed, errors);
    fields.extend(agent(keyed));
    if let Some(list) = keyed.list(Key::Fields) {
        let entries = parse_entries(list, errors);
        let field = |entry| match is_recorded_later(subject, &entry) {
            true => SpanField {
                mode: FieldMode::Empty,
                ..own_field(entry)
            },
            false => own_field(entry),
        };
        fields.extend(entries.into_iter().map(field));
    }
    refuse_repeated(&fields, keyed.span(Key::Output).is_some(), errors);
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
        output: report::told(Key::Output, function, keyed, errors),
        err: report::told(Key::Err, function, keyed, errors),
    }
}

/// A value that has no sign before it, and is no empty string.
fn plain(key: &str, value: &Value, errors: &mut Errors) -> Option<Expr> {
    if !matches!(value.sigil, Sigil::None) {
        errors.over(
            &value.expr,
            format!("`{key}` is taken as it is: write `{key} = EXPR`"),
        );
        return None;
    }
    if let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = bare(&value.expr)
    {
        if text.value().is_empty() {
            errors.at(
                text.span(),
                format!("the {key} is empty: leave `{key}` out, or fill it"),
            );
            return None;
        }
    }
    Some(value.expr.clone())
}

/// The expression inside of what `macro_rules!` put around it.
fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => bare(&group.expr),
        expr => expr,
    }
}

/// A lone word, or a string.
fn word(expr: &Expr) -> Option<String> {
    match bare(expr) {
        Expr::Path(path) => path.path.get_ident().map(Ident::to_string),
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// The last word of a path, or a string.
fn last_word(expr: &Expr) -> Option<String> {
    match bare(expr) {
        Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        other => word(other),
    }
}

/// A lone `None` has no type of its own.
fn parent(expr: Expr) -> Parent {
    if last_word(&expr).is_some_and(|word| word == "None") {
        Parent::Root
    } else {
        Parent::Span(expr)
    }
}

/// The agent's name, under the name that the conventions for generative AI give it.
fn agent(keyed: &Keyed) -> Option<SpanField> {
    let value = keyed.value(Key::Agent)?;
    let name = LitStr::new("gen_ai.agent.name", keyed.place(Key::Agent));
    Some(field(name.into_token_stream(), value.clone()))
}

/// What sort of operation it is; whoever names an agent means one.
fn kind(keyed: &Keyed, errors: &mut Errors) -> Option<&'static str> {
    match keyed.value(Key::Kind) {
        Some(value) => check_kind(value, errors),
        None => keyed.value(Key::Agent).map(|_| "Agent"),
    }
}

fn check_kind(value: &Value, errors: &mut Errors) -> Option<&'static str> {
    let expr = plain("kind", value, errors)?;
    let word = word(&expr);
    let found = KINDS.iter().find(|(name, _)| word.as_deref() == Some(name));
    if found.is_none() {
        let names = KINDS.map(|(name, _)| name);
        let near = last_word(&expr).and_then(|word| nearest(&word.to_ascii_lowercase(), names));
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        errors.over(
            &expr,
            format!("`kind` is one of {}{near}", names.join(", ")),
        );
    }
    found.map(|(_, variant)| *variant)
}

fn named(level: &str) -> Level {
    Level::Named(level.to_ascii_uppercase())
}

fn check_level(value: &Value, errors: &mut Errors) -> Level {
    let Some(expr) = plain("level", value, errors) else {
        return named("info");
    };
    let lower = word(&expr).map(|word| word.to_ascii_lowercase());
    if let Some(name) = LEVELS.iter().find(|name| lower.as_deref() == Some(name)) {
        return named(name);
    }
    let is_path = matches!(bare(&expr), Expr::Path(_));
    let last = last_word(&expr).filter(|_| is_path);
    let is_constant = last.is_some_and(|last| last.chars().all(|c| !c.is_lowercase()));
    if is_constant {
        return Level::Const(expr);
    }
    let starts = |level: &&str| {
        lower
            .as_deref()
            .is_some_and(|word| word.starts_with(*level) || level.starts_with(word))
    };
    let near = LEVELS.into_iter().find(starts);
    let near = near.or_else(|| lower.as_deref().and_then(|word| nearest(word, LEVELS)));
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    errors.over(
        &expr,
        format!(
            "`level` is one of {}, or a constant of `tracing::Level`{near}",
            LEVELS.join(", ")
        ),
    );
    named("info")
}

/// The arguments that are recorded.
fn input(subject: &Subject<'_>, keyed: &Keyed, errors: &mut Errors) -> Vec<SpanField> {
    let skipped = keyed.list(Key::Skip).map(|list| parse_idents(list, errors));
    if let Some(span) = keyed.span(Key::Skip).filter(|_| skipped.is_none()) {
        errors.at(
            span,
            "`skip` without a list stands alone, and leaves a method out of what is on its `impl` \
             block: write `skip(argument, ..)`",
        );
        return Vec::new();
    }
    if keyed.span(Key::Input).is_none() {
        if let Some(span) = keyed.span(Key::Skip) {
            errors.at(
                span,
                "`skip` leaves arguments out of `input`, which is not asked for: drop it",
            );
        }
        return Vec::new();
    }
    if let Some(list) = keyed.list(Key::Input) {
        if let Some(span) = keyed.span(Key::Skip) {
            errors.at(
                span,
                "`input(..)` says what is recorded: drop `skip`, or write `input` alone",
            );
        }
        let entries = parse_entries(list, errors).into_iter();
        let known = entries.filter(|entry| names_an_argument(subject, entry, errors));
        return known.map(input_field).collect();
    }
    let skipped = skipped.unwrap_or_default();
    for name in skipped.iter().filter(|name| *name != "self") {
        if subject.bindings.find(name).is_none() {
            errors.at(name.span(), no_argument(subject, name, "drop it"));
        }
    }
    let all = subject.bindings.unconditional();
    let recorded = all.filter(|name| !skipped.iter().any(|skip| skip.unraw() == name.unraw()));
    recorded
        .map(|name| {
            let name = name.clone();
            let expr = syn::parse_quote!(#name);
            let value = Value {
                sigil: Sigil::None,
                expr,
            };
            input_field(Entry {
                name: Name::Dotted(vec![name]),
                value,
                shorthand: true,
            })
        })
        .collect()
}

fn input_field(entry: Entry) -> SpanField {
    let field = own_field(entry);
    let mode = match field.mode {
        FieldMode::Value => FieldMode::Captured,
        other => other,
    };
    let name = match syn::parse2::<LitStr>(field.name.clone()) {
        Ok(name) => {
            LitStr::new(&format!("input.{}", name.value()), name.span()).into_token_stream()
        }
        Err(_) => field.name,
    };
    SpanField {
        name,
        mode,
        ..field
    }
}

/// Whether a name stands alone that is no argument, no field of one, and no constant.
fn is_recorded_later(subject: &Subject<'_>, entry: &Entry) -> bool {
    let is_alone = entry.shorthand && matches!(entry.value.sigil, Sigil::None);
    let Name::Dotted(parts) = &entry.name else {
        return is_alone;
    };
    let Some(first) = parts.first().filter(|_| is_alone) else {
        return false;
    };
    let is_constant = first.to_string().chars().all(|c| !c.is_lowercase());
    !is_constant && first != "self" && subject.bindings.find(first).is_none()
}

fn own_field(entry: Entry) -> SpanField {
    let name = match entry.name.text() {
        Some(text) => LitStr::new(&text, entry.name.span()).into_token_stream(),
        None => entry.name.into_token_stream(),
    };
    field(name, entry.value)
}

fn field(name: TokenStream, value: Value) -> SpanField {
    let mode = match value.sigil {
        Sigil::None => FieldMode::Value,
        Sigil::Display => FieldMode::Display,
        Sigil::Debug(_) => FieldMode::Debug,
    };
    SpanField {
        name,
        mode,
        expr: value.expr,
    }
}

fn refuse_repeated(fields: &[SpanField], output: bool, errors: &mut Errors) {
    let mut seen: Vec<String> = output
        .then(|| "\"output\"".to_owned())
        .into_iter()
        .collect();
    for field in fields {
        let name = field.name.to_string();
        if seen.contains(&name) {
            let name = name.trim_matches('"');
            errors.over(&field.name, format!("the field `{name}` is given twice"));
        } else {
            seen.push(name);
        }
    }
}
