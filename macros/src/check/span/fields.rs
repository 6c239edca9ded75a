//! The fields of the span: `input`, `agent`, `fields`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::LitStr;

use crate::args::{parse_entries, parse_idents, Entry, Name, Sigil, Value};
use crate::check::context::CheckContext;
use crate::check::keyed::{names_an_argument, no_argument, KeyedArgs};
use crate::diag::Errors;
use crate::keys::Key;
use crate::model::{FieldMode, SpanField};

/// Returns all fields; reports repeated names.
pub(super) fn fields(
    context: &CheckContext<'_>,
    keyed: &KeyedArgs,
    errors: &mut Errors,
) -> Vec<SpanField> {
    let mut fields = input(context, keyed, errors);
    fields.extend(agent(keyed));
    if let Some(list) = keyed.list(Key::Fields) {
        let entries = parse_entries(list, errors);
        let field = |entry| match is_recorded_later(context, &entry) {
            true => SpanField {
                mode: FieldMode::Empty,
                ..own_field(entry)
            },
            false => own_field(entry),
        };
        fields.extend(entries.into_iter().map(field));
    }
    refuse_repeated(&fields, keyed.span(Key::Output).is_some(), errors);
    fields
}

/// Returns the field of the agent's name, as named by the semantic conventions for generative AI.
fn agent(keyed: &KeyedArgs) -> Option<SpanField> {
    let value = keyed.value(Key::Agent)?;
    let name = LitStr::new("gen_ai.agent.name", keyed.span_or_call_site(Key::Agent));
    Some(SpanField {
        mode: FieldMode::Agent,
        ..field(name.into_token_stream(), value.clone())
    })
}

/// Returns the fields of the recorded arguments.
fn input(context: &CheckContext<'_>, keyed: &KeyedArgs, errors: &mut Errors) -> Vec<SpanField> {
    let skipped = keyed.list(Key::Skip).map(|list| parse_idents(list, errors));
    if let Some(span) = keyed.span(Key::Skip).filter(|_| skipped.is_none()) {
        errors.at(
            span,
            "`skip` without a list excludes a method from the attribute of its `impl` block, and \
             takes no other key: write `skip(argument, ..)`",
        );
        return Vec::new();
    }
    if keyed.span(Key::Input).is_none() {
        if let Some(span) = keyed.span(Key::Skip) {
            errors.at(
                span,
                "`skip` excludes arguments from `input`, which is not given: remove it",
            );
        }
        return Vec::new();
    }
    if let Some(list) = keyed.list(Key::Input) {
        if let Some(span) = keyed.span(Key::Skip) {
            errors.at(
                span,
                "`input(..)` lists the recorded arguments: remove `skip`, or write `input` alone",
            );
        }
        let entries = parse_entries(list, errors).into_iter();
        let known = entries.filter(|entry| names_an_argument(context, entry, errors));
        return known.map(input_field).collect();
    }
    let skipped = skipped.unwrap_or_default();
    for name in skipped.iter().filter(|name| *name != "self") {
        if context.bindings.find(name).is_none() {
            errors.at(name.span(), no_argument(context, name, "remove it"));
        }
    }
    let all = context.bindings.unconditional();
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

/// Returns whether an element is a bare name that is neither an argument nor a constant.
fn is_recorded_later(context: &CheckContext<'_>, entry: &Entry) -> bool {
    let is_alone = entry.shorthand && matches!(entry.value.sigil, Sigil::None);
    let Name::Dotted(parts) = &entry.name else {
        return is_alone;
    };
    let Some(first) = parts.first().filter(|_| is_alone) else {
        return false;
    };
    let is_constant = first.to_string().chars().all(|c| !c.is_lowercase());
    !is_constant && first != "self" && context.bindings.find(first).is_none()
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
