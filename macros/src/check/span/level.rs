//! The keys `level` and `kind`.

use syn::Expr;

use super::literal::{last_word, plain, ungroup, word};
use crate::args::Value;
use crate::check::keyed::KeyedArgs;
use crate::diag::{nearest, Errors};
use crate::keys::Key;
use crate::model::Level;

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

/// Returns the kind of the operation; `agent = ..` alone implies the kind `agent`.
pub(super) fn kind(keyed: &KeyedArgs, errors: &mut Errors) -> Option<&'static str> {
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

pub(super) fn named(level: &str) -> Level {
    Level::Named(level.to_ascii_uppercase())
}

pub(super) fn check_level(value: &Value, errors: &mut Errors) -> Level {
    let Some(expr) = plain("level", value, errors) else {
        return named("info");
    };
    let lower = word(&expr).map(|word| word.to_ascii_lowercase());
    if let Some(name) = LEVELS.iter().find(|name| lower.as_deref() == Some(name)) {
        return named(name);
    }
    let is_path = matches!(ungroup(&expr), Expr::Path(_));
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
