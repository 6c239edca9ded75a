//! Arguments by key: known, of this macro, each once, written in its form.

use proc_macro2::{Group, Span};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Expr, Ident};

use super::context::Subject;
use crate::args::{Arg, Entry, Name, Sigil, Value, Written};
use crate::diag::{nearest, Errors};
use crate::keys::{advice, lookup, names, Form, Key, Macro, Spec};

/// The arguments that were understood.
pub(super) struct Keyed {
    args: Vec<Known>,
    /// Keys that were named, also by arguments that were refused.
    meant: Vec<Key>,
}

struct Known {
    key: Key,
    /// The name that was written; `None` for a first expression.
    word: Option<Ident>,
    span: Span,
    written: Written,
}

impl Keyed {
    pub(super) fn new(subject: &Subject<'_>, args: Vec<Arg>, errors: &mut Errors) -> Self {
        let mut keyed = Self {
            args: Vec::new(),
            meant: Vec::new(),
        };
        for (at, arg) in args.into_iter().enumerate() {
            if let Some((spec, arg)) = recognise(subject, at == 0, arg, errors) {
                keyed.meant.push(spec.key);
                keyed.add(subject, spec, arg, errors);
            }
        }
        keyed
    }

    fn add(&mut self, subject: &Subject<'_>, spec: &Spec, arg: Arg, errors: &mut Errors) {
        let span = match (&arg.key, &arg.written) {
            (Some(word), _) => word.span(),
            (None, Written::Value(value)) => value.expr.span(),
            (None, _) => Span::call_site(),
        };
        if let Some(before) = self.args.iter().find(|known| known.key == spec.key) {
            let name = arg
                .key
                .as_ref()
                .map_or_else(|| spec.names[0].to_owned(), Ident::to_string);
            let before = match &before.word {
                Some(word) if *word == name => String::new(),
                Some(word) => format!(": `{word}` says it already"),
                None => ": the first expression says it already".to_owned(),
            };
            let before = match spec.form {
                Form::List => ": put all into one list".to_owned(),
                _ => before,
            };
            errors.at(span, format!("`{name}` is given twice{before}"));
            return;
        }
        if let Some(written) = in_form(subject, spec, &arg, errors) {
            self.args.push(Known {
                key: spec.key,
                word: arg.key,
                span,
                written,
            });
        }
    }

    /// Where the key was written, if it is among the arguments.
    pub(super) fn span(&self, key: Key) -> Option<Span> {
        self.args
            .iter()
            .find(|known| known.key == key)
            .map(|known| known.span)
    }

    /// As [`Self::span`], for keys that are there.
    pub(super) fn place(&self, key: Key) -> Span {
        self.span(key).unwrap_or_else(Span::call_site)
    }

    /// The name by which the key was written, and where.
    pub(super) fn word(&self, key: Key) -> Option<(String, Span)> {
        let known = self.args.iter().find(|known| known.key == key)?;
        let word = known
            .word
            .as_ref()
            .map_or_else(|| key.spec().names[0].into(), Ident::to_string);
        Some((word, known.span))
    }

    /// Whether the key was named, also by an argument that was refused.
    pub(super) fn means(&self, key: Key) -> bool {
        self.meant.contains(&key)
    }

    pub(super) fn means_user(&self) -> bool {
        self.meant.iter().any(|key| key.is_of_user())
    }

    /// Whether the scope says something, by keys or by the name of the macro.
    pub(super) fn makes_scope(&self, mac: Macro) -> bool {
        let always = matches!(mac, Macro::WithUser | Macro::WithSession);
        always || self.meant.iter().any(|key| key.is_of_scope())
    }

    /// Whether nothing was said but where the crate is.
    pub(super) fn is_empty(&self) -> bool {
        self.meant.iter().all(|key| *key == Key::Crate)
    }

    /// `key = EXPR`, also where the name of a binding was enough.
    pub(super) fn value(&self, key: Key) -> Option<&Value> {
        self.args
            .iter()
            .find(|known| known.key == key)
            .and_then(|known| match &known.written {
                Written::Value(value) => Some(value),
                Written::Bare | Written::List(_) => None,
            })
    }

    /// `key(..)`
    pub(super) fn list(&self, key: Key) -> Option<&Group> {
        self.args
            .iter()
            .find(|known| known.key == key)
            .and_then(|known| match &known.written {
                Written::List(list) => Some(list),
                Written::Bare | Written::Value(_) => None,
            })
    }
}

/// The key that an argument is about, and the argument as if that key had been written.
fn recognise(
    subject: &Subject<'_>,
    first: bool,
    arg: Arg,
    errors: &mut Errors,
) -> Option<(&'static Spec, Arg)> {
    let mac = subject.mac;
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
        None => match (positional, &arg.written) {
            (Some(key), Written::Bare) if may_be_a_value(subject, word, errors) => {
                let word = subject.bindings.find(word).unwrap_or_else(|| word.clone());
                let expr = syn::parse_quote!(#word);
                let written = Written::Value(Value {
                    sigil: Sigil::None,
                    expr,
                });
                Some((key.spec(), Arg { key: None, written }))
            }
            (Some(_), Written::Bare) => None,
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
    let Written::Value(value) = &arg.written else {
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

/// Whether a lone word in the first place is an argument or a constant, and not a slip.
fn may_be_a_value(subject: &Subject<'_>, word: &Ident, errors: &mut Errors) -> bool {
    let name = word.to_string();
    let is_constant = name.chars().all(|c| !c.is_lowercase());
    if is_constant || subject.bindings.find(word).is_some() {
        return true;
    }
    let message = match nearest(&name, names(subject.mac)) {
        Some(near) => format!("unknown key `{name}`: did you mean `{near}`?"),
        None => {
            let key = subject.mac.positional().unwrap_or(Key::User);
            no_argument(subject, word, &format!("write `{}`", key.spec().usage))
        }
    };
    errors.at(word.span(), message);
    false
}

/// Says that no argument has that name, and which there are.
pub(super) fn no_argument(subject: &Subject<'_>, word: &Ident, instead: &str) -> String {
    let own: Vec<String> = subject
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
        "no argument is called `{word}`: {}{advice}",
        subject.bindings.sentence()
    )
}

/// The argument as its form wants it; a lone name becomes the binding of that name.
fn in_form(subject: &Subject<'_>, spec: &Spec, arg: &Arg, errors: &mut Errors) -> Option<Written> {
    let name = arg
        .key
        .as_ref()
        .map_or(spec.names[0].into(), Ident::to_string);
    let word = arg.key.as_ref();
    let problem = match (spec.form, &arg.written) {
        (Form::Binding, Written::Bare) => return word.and_then(|w| binding(subject, w, errors)),
        (Form::Binding | Form::Value, Written::Value(value)) => {
            return Some(Written::Value(value.clone()))
        }
        (Form::Flag | Form::FlagOrList, Written::Bare) => return Some(Written::Bare),
        (Form::List | Form::FlagOrList, Written::List(list)) => {
            return Some(Written::List(list.clone()))
        }
        (Form::Value, Written::Bare) => "has no value",
        (Form::Flag, _) => "is a flag and stands alone",
        (Form::List, _) | (Form::FlagOrList, Written::Value(_)) => "takes a list",
        (Form::Binding | Form::Value, Written::List(_)) => "takes a value, not a list",
    };
    let span = word.map_or_else(Span::call_site, Ident::span);
    let usage = spec.usage.replacen(spec.names[0], &name, 1);
    errors.at(span, format!("`{name}` {problem}: write `{usage}`"));
    None
}

fn binding(subject: &Subject<'_>, word: &Ident, errors: &mut Errors) -> Option<Written> {
    let Some(found) = subject.bindings.find(word) else {
        errors.at(
            word.span(),
            no_argument(subject, word, &format!("write `{word} = EXPR`")),
        );
        return None;
    };
    let expr: Expr = syn::parse_quote!(#found);
    Some(Written::Value(Value {
        sigil: Sigil::None,
        expr,
    }))
}

/// Reports an element without a value whose name is no argument.
pub(super) fn names_an_argument(subject: &Subject<'_>, entry: &Entry, errors: &mut Errors) -> bool {
    let Name::Dotted(parts) = &entry.name else {
        return true;
    };
    let Some(word) = parts
        .first()
        .filter(|word| entry.shorthand && *word != "self")
    else {
        return true;
    };
    if subject.bindings.find(word).is_some() {
        return true;
    }
    let name = quote!(#word).to_string();
    errors.at(
        word.span(),
        no_argument(subject, word, &format!("write `{name} = EXPR`")),
    );
    false
}
