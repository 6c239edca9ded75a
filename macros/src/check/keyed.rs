//! Arguments by key: each is known, accepted by the macro, given once, and has the right form.

use proc_macro2::{Group, Span};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Expr, Ident};

use super::context::CheckContext;
use crate::args::{Arg, ArgValue, Entry, Name, Sigil, Value};
use crate::diag::{nearest, Errors};
use crate::keys::{advice, lookup, names, ArgForm, Key, KeySpec, Macro};

/// The valid arguments.
pub(super) struct KeyedArgs {
    args: Vec<KeyedArg>,
    /// All keys that were given, including those of invalid arguments.
    mentioned: Vec<Key>,
}

struct KeyedArg {
    key: Key,
    /// The name as written; `None` for a first expression without a key.
    word: Option<Ident>,
    span: Span,
    value: ArgValue,
}

impl KeyedArgs {
    pub(super) fn new(context: &CheckContext<'_>, args: Vec<Arg>, errors: &mut Errors) -> Self {
        let mut keyed = Self {
            args: Vec::new(),
            mentioned: Vec::new(),
        };
        for (at, arg) in args.into_iter().enumerate() {
            if let Some((spec, arg)) = recognise(context, at == 0, arg, errors) {
                keyed.mentioned.push(spec.key);
                keyed.add(context, spec, arg, errors);
            }
        }
        keyed
    }

    fn add(&mut self, context: &CheckContext<'_>, spec: &KeySpec, arg: Arg, errors: &mut Errors) {
        let span = match (&arg.key, &arg.value) {
            (Some(word), _) => word.span(),
            (None, ArgValue::Value(value)) => value.expr.span(),
            (None, _) => Span::call_site(),
        };
        if let Some(before) = self.args.iter().find(|known| known.key == spec.key) {
            let name = arg
                .key
                .as_ref()
                .map_or_else(|| spec.names[0].to_owned(), Ident::to_string);
            let before = match &before.word {
                Some(word) if *word == name => String::new(),
                Some(word) => format!(": `{word}` is the same key"),
                None => ": the first expression is its value".to_owned(),
            };
            let before = match spec.form {
                ArgForm::List => ": use one list".to_owned(),
                _ => before,
            };
            errors.at(span, format!("`{name}` is given twice{before}"));
            return;
        }
        if let Some(value) = in_form(context, spec, &arg, errors) {
            self.args.push(KeyedArg {
                key: spec.key,
                word: arg.key,
                span,
                value,
            });
        }
    }

    /// Returns the span of the key, if given.
    pub(super) fn span(&self, key: Key) -> Option<Span> {
        self.args
            .iter()
            .find(|known| known.key == key)
            .map(|known| known.span)
    }

    /// Like [`Self::span`], with the call site as the default.
    pub(super) fn span_or_call_site(&self, key: Key) -> Span {
        self.span(key).unwrap_or_else(Span::call_site)
    }

    /// Returns the name and the span of the key as written.
    pub(super) fn written_name(&self, key: Key) -> Option<(String, Span)> {
        let known = self.args.iter().find(|known| known.key == key)?;
        let word = known
            .word
            .as_ref()
            .map_or_else(|| key.spec().names[0].into(), Ident::to_string);
        Some((word, known.span))
    }

    /// Returns whether the key was given, also by an invalid argument.
    pub(super) fn mentions(&self, key: Key) -> bool {
        self.mentioned.contains(&key)
    }

    pub(super) fn mentions_user(&self) -> bool {
        self.mentioned.iter().any(|key| key.is_of_user())
    }

    /// Returns whether the macro or one of the keys gives the scope content.
    pub(super) fn makes_scope(&self, mac: Macro) -> bool {
        let always = matches!(
            mac,
            Macro::WithUser | Macro::WithSession | Macro::WithConversation
        );
        always || self.mentioned.iter().any(|key| key.is_of_scope())
    }

    /// Returns whether no key but `crate` was given.
    pub(super) fn is_empty(&self) -> bool {
        self.mentioned.iter().all(|key| *key == Key::Crate)
    }

    /// Returns the value of `key = EXPR`, or the binding of a bare `key`.
    pub(super) fn value(&self, key: Key) -> Option<&Value> {
        self.args
            .iter()
            .find(|known| known.key == key)
            .and_then(|known| match &known.value {
                ArgValue::Value(value) => Some(value),
                ArgValue::Bare | ArgValue::List(_) => None,
            })
    }

    /// Returns the list of `key(..)`.
    pub(super) fn list(&self, key: Key) -> Option<&Group> {
        self.args
            .iter()
            .find(|known| known.key == key)
            .and_then(|known| match &known.value {
                ArgValue::List(list) => Some(list),
                ArgValue::Bare | ArgValue::Value(_) => None,
            })
    }
}

/// Returns the key of an argument, and the argument with that key.
fn recognise(
    context: &CheckContext<'_>,
    first: bool,
    arg: Arg,
    errors: &mut Errors,
) -> Option<(&'static KeySpec, Arg)> {
    let mac = context.mac;
    let positional = mac.positional().filter(|_| first);
    let Some(word) = &arg.key else {
        if let Some(key) = positional {
            return Some((key.spec(), arg));
        }
        refuse_expression(mac, &arg, errors);
        return None;
    };
    let name = word.to_string();
    match lookup(mac, &name) {
        Some(spec) => match spec.refusal(mac) {
            Some(message) => {
                errors.at(word.span(), message);
                None
            }
            None => Some((spec, arg)),
        },
        None => match (positional, &arg.value) {
            (Some(key), ArgValue::Bare) if may_be_a_value(context, word, errors) => {
                let word = context.bindings.find(word).unwrap_or_else(|| word.clone());
                let expr = syn::parse_quote!(#word);
                let value = ArgValue::Value(Value {
                    sigil: Sigil::None,
                    expr,
                });
                Some((key.spec(), Arg { key: None, value }))
            }
            (Some(_), ArgValue::Bare) => None,
            _ => {
                errors.at(
                    word.span(),
                    format!("unknown key `{name}`: {}", advice(mac, &name)),
                );
                None
            }
        },
    }
}

fn refuse_expression(mac: Macro, arg: &Arg, errors: &mut Errors) {
    let ArgValue::Value(value) = &arg.value else {
        return;
    };
    let message = match mac.positional() {
        Some(_) => "only the first argument may be an expression without a key: write `key = EXPR`",
        None => {
            "an expression without a key: write `user = EXPR`, `user_id = EXPR` or `session = EXPR`"
        }
    };
    errors.over(&value.expr, message);
}

/// Returns whether a first word is an argument or a constant, and reports a misspelled key.
fn may_be_a_value(context: &CheckContext<'_>, word: &Ident, errors: &mut Errors) -> bool {
    let name = word.to_string();
    let is_constant = name.chars().all(|c| !c.is_lowercase());
    if is_constant || context.bindings.find(word).is_some() {
        return true;
    }
    let message = match nearest(&name, names(context.mac)) {
        Some(near) => format!("unknown key `{name}`: did you mean `{near}`?"),
        None => {
            let key = context.mac.positional().unwrap_or(Key::User);
            no_argument(context, word, &format!("write `{}`", key.spec().usage))
        }
    };
    errors.at(word.span(), message);
    false
}

/// Returns the error for a name that is not an argument.
pub(super) fn no_argument(context: &CheckContext<'_>, word: &Ident, instead: &str) -> String {
    let own: Vec<String> = context
        .bindings
        .all()
        .iter()
        .map(Ident::to_string)
        .collect();
    let near = nearest(&word.to_string(), own.iter().map(String::as_str));
    let advice = near.map_or_else(
        || format!("; {instead}"),
        |near| format!("; did you mean `{near}`?"),
    );
    format!(
        "no argument is named `{word}`: {}{advice}",
        context.bindings.sentence()
    )
}

/// Returns the argument in the form of its key; a bare name becomes its binding.
fn in_form(
    context: &CheckContext<'_>,
    spec: &KeySpec,
    arg: &Arg,
    errors: &mut Errors,
) -> Option<ArgValue> {
    let name = arg
        .key
        .as_ref()
        .map_or(spec.names[0].into(), Ident::to_string);
    let word = arg.key.as_ref();
    let problem = match (spec.form, &arg.value) {
        (ArgForm::Binding, ArgValue::Bare) => {
            return word.and_then(|w| binding(context, w, errors))
        }
        (ArgForm::Binding | ArgForm::Value, ArgValue::Value(value)) => {
            return Some(ArgValue::Value(value.clone()))
        }
        (ArgForm::Flag | ArgForm::FlagOrList, ArgValue::Bare) => return Some(ArgValue::Bare),
        (ArgForm::List | ArgForm::FlagOrList, ArgValue::List(list)) => {
            return Some(ArgValue::List(list.clone()))
        }
        (ArgForm::Value, ArgValue::Bare) => "has no value",
        (ArgForm::Flag, _) => "is a flag and takes no value",
        (ArgForm::List, _) | (ArgForm::FlagOrList, ArgValue::Value(_)) => "takes a list",
        (ArgForm::Binding | ArgForm::Value, ArgValue::List(_)) => "takes a value, not a list",
    };
    let span = word.map_or_else(Span::call_site, Ident::span);
    let usage = spec.usage.replacen(spec.names[0], &name, 1);
    errors.at(span, format!("`{name}` {problem}: write `{usage}`"));
    None
}

fn binding(context: &CheckContext<'_>, word: &Ident, errors: &mut Errors) -> Option<ArgValue> {
    let Some(found) = context.bindings.find(word) else {
        errors.at(
            word.span(),
            no_argument(context, word, &format!("write `{word} = EXPR`")),
        );
        return None;
    };
    let expr: Expr = syn::parse_quote!(#found);
    Some(ArgValue::Value(Value {
        sigil: Sigil::None,
        expr,
    }))
}

/// Checks that the name of an element without a value is an argument.
pub(super) fn names_an_argument(
    context: &CheckContext<'_>,
    entry: &Entry,
    errors: &mut Errors,
) -> bool {
    let Name::Dotted(parts) = &entry.name else {
        return true;
    };
    let Some(word) = parts
        .first()
        .filter(|word| entry.shorthand && *word != "self")
    else {
        return true;
    };
    if context.bindings.find(word).is_some() {
        return true;
    }
    let name = quote!(#word).to_string();
    errors.at(
        word.span(),
        no_argument(context, word, &format!("write `{name} = EXPR`")),
    );
    false
}
