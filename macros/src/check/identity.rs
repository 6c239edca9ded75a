//! User, session and tags.

use proc_macro2::Span;
use syn::{Expr, ExprLit, Ident, Lit, LitStr};

use super::context::Subject;
use super::keyed::{names_an_argument, Keyed};
use crate::args::{parse_entries, Entry, Sigil, Value};
use crate::diag::Errors;
use crate::keys::{Key, Macro};
use crate::model::{Identity, Said, Taken, User, UserField, Who};

/// The keys of a user's texts, and the methods that set them.
const TEXTS: [(Key, &str); 5] = [
    (Key::Email, "with_email"),
    (Key::Username, "with_username"),
    (Key::FullName, "with_full_name"),
    (Key::IpAddress, "with_ip_address"),
    (Key::Segment, "with_segment"),
];

const DEBUG_REFUSED: &str = "`?` takes a value by its `Debug`, which puts a string in quotes: \
    `\"alice\"` would be somebody else than `alice`; write `%` (by `Display`), or the expression alone";

pub(super) fn check(subject: &Subject<'_>, keyed: &mut Keyed, errors: &mut Errors) -> Identity {
    conflicts(keyed, errors);
    let session = session(subject, keyed, errors);
    let user = user(subject, keyed, errors);
    let entries = |key| keyed.list(key).map(|list| (key, list));
    let tags = entries(Key::Tags).map_or_else(Vec::new, |(_, list)| {
        pairs(subject, parse_entries(list, errors), check_tag_key, errors)
    });
    if let Some(span) = keyed.span(Key::Identify) {
        if matches!(user, User::Unsaid) && !keyed.means_user() {
            errors.at(
                span,
                "`identify` makes a user known outside: give one, as in `user = EXPR`",
            );
        }
    }
    if subject.mac == Macro::Guard && keyed.is_empty() && errors.is_empty() {
        errors.at(Span::call_site(), "`guard!` says nothing: give it a user, a session or tags, as in `guard!(user = \"alice\")`");
    }
    Identity {
        isolated: keyed.span(Key::Isolated).is_some(),
        identify: keyed.span(Key::Identify).is_some(),
        user,
        session,
        tags,
    }
}

fn conflicts(keyed: &Keyed, errors: &mut Errors) {
    if let (Some((user, _)), Some((id, span))) = (keyed.word(Key::User), keyed.word(Key::UserId)) {
        errors.at(
            span,
            format!("`{id}` and `{user}` both say who the user is: keep one"),
        );
    }
    if keyed.span(Key::Anonymous).is_none() {
        return;
    }
    let of_user = TEXTS.iter().map(|(key, _)| *key);
    let of_user = of_user.chain([
        Key::User,
        Key::UserId,
        Key::Attrs,
        Key::Supplement,
        Key::Identify,
    ]);
    for (word, span) in of_user.filter_map(|key| keyed.word(key)) {
        errors.at(
            span,
            format!("`anonymous` says that there is no user: drop it, or `{word}`"),
        );
    }
}

fn session(subject: &Subject<'_>, keyed: &Keyed, errors: &mut Errors) -> Option<Taken> {
    if let Some(value) = keyed.value(Key::Session) {
        return taken_id(keyed, Key::Session, value, errors);
    }
    if subject.mac != Macro::WithSession {
        return None;
    }
    if let Some((word, span)) = keyed.word(Key::User).filter(|(word, _)| word == "from") {
        errors.at(
            span,
            format!("`{word}` names the user: write `session = EXPR`"),
        );
        return None;
    }
    let found = ["session", "session_id"].map(|name| subject.bindings.named(name));
    match found {
        [Some(only), None] | [None, Some(only)] => Some(taken_binding(&only)),
        _ if !errors.is_empty() => None,
        [Some(_), Some(_)] if subject.bindings.are_of_many() => None,
        [Some(_), Some(_)] => {
            errors.at(
                Span::call_site(),
                "both `session` and `session_id` are arguments: write `session = EXPR`",
            );
            None
        }
        [None, None] => {
            errors.at(Span::call_site(), unsaid(subject, "session"));
            None
        }
    }
}

fn user(subject: &Subject<'_>, keyed: &Keyed, errors: &mut Errors) -> User {
    if keyed.span(Key::Anonymous).is_some() {
        return User::Anonymous;
    }
    let fields = user_fields(subject, keyed, errors);
    let mut who = None;
    if let Some(value) = keyed.value(Key::UserId) {
        who = taken_id(keyed, Key::UserId, value, errors).map(Who::Id);
    } else if let Some(value) = keyed.value(Key::User) {
        who = taken_id(keyed, Key::User, value, errors).map(Who::User);
    } else if subject.mac == Macro::WithUser {
        who = subject
            .bindings
            .named("user")
            .map(|user| Who::User(taken_binding(&user)));
        if who.is_none() && !keyed.means_user() && errors.is_empty() {
            errors.at(Span::call_site(), unsaid(subject, "user"));
        }
    }
    let supplement = keyed.span(Key::Supplement);
    if who.is_none() && fields.is_empty() {
        if let Some(span) = supplement.filter(|_| !keyed.means_user()) {
            errors.at(
                span,
                "`supplement` adds to the user outside: give what it adds, as in `segment = EXPR`",
            );
        }
        return User::Unsaid;
    }
    User::Said(Box::new(Said {
        who,
        fields,
        supplement: supplement.is_some(),
    }))
}

/// Says that an attribute has nothing to say.
fn unsaid(subject: &Subject<'_>, what: &str) -> String {
    let name = subject.mac.name().trim_end_matches(']');
    let names = match what {
        "session" => "`session` or `session_id`",
        _ => "`user`",
    };
    format!(
        "which {what}? No argument is called {names}: {}; write `{name}({what} = EXPR)]`",
        subject.bindings.sentence()
    )
}

fn user_fields(subject: &Subject<'_>, keyed: &Keyed, errors: &mut Errors) -> Vec<UserField> {
    let mut fields = Vec::new();
    for (key, method) in TEXTS {
        let value = keyed.value(key);
        let text = value.and_then(|value| taken(value, keyed.place(key), errors));
        fields.extend(text.map(|text| UserField::Text(method, text)));
    }
    if let Some(list) = keyed.list(Key::Attrs) {
        let attrs = pairs(subject, parse_entries(list, errors), check_attr_key, errors);
        fields.extend(
            attrs
                .into_iter()
                .map(|(key, value)| UserField::Attr(key, value)),
        );
    }
    fields
}

/// The elements of `tags(..)` and `attrs(..)`.
fn pairs(
    subject: &Subject<'_>,
    entries: Vec<Entry>,
    check_key: fn(&str) -> Result<(), String>,
    errors: &mut Errors,
) -> Vec<(LitStr, Taken)> {
    let mut pairs: Vec<(LitStr, Taken)> = Vec::new();
    for entry in entries {
        let Some(key) = entry.name.text() else {
            errors.over(
                &entry.name,
                "the key must be a name or a string, as in `\"org.id\" = EXPR`",
            );
            continue;
        };
        if let Err(problem) = check_key(&key) {
            errors.over(&entry.name, problem);
            continue;
        }
        if pairs.iter().any(|(before, _)| before.value() == key) {
            errors.over(&entry.name, format!("`{key}` is given twice"));
            continue;
        }
        if !names_an_argument(subject, &entry, errors) {
            continue;
        }
        if let Some(value) = taken(&entry.value, entry.name.span(), errors) {
            pairs.push((LitStr::new(&key, Span::mixed_site()), value));
        }
    }
    pairs
}

/// The rule for the keys of tags, which the runtime holds those to that are made there.
fn check_tag_key(key: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.:-".contains(c);
    if (1..=32).contains(&key.len()) && key.chars().all(allowed) {
        return Ok(());
    }
    let problem = match key.chars().find(|c| !allowed(*c)) {
        Some(bad) => format!("has {bad:?} in it"),
        None if key.is_empty() => "is empty".to_owned(),
        None => format!("has {} characters", key.len()),
    };
    Err(format!(
        "the key of a tag has 1 to 32 characters of `a-z A-Z 0-9 _ . : -`: this one {problem}"
    ))
}

fn check_attr_key(key: &str) -> Result<(), String> {
    if key.is_empty() {
        return Err("the key of an attribute is empty: give it a name".to_owned());
    }
    Ok(())
}

fn taken_binding(name: &Ident) -> Taken {
    // The attribute named nothing: errors about the value point at the argument.
    Taken {
        expr: syn::parse_quote!(#name),
        display: false,
        key: name.span(),
    }
}

/// A value by reference: `Debug` is refused, since it quotes strings.
fn taken(value: &Value, key: Span, errors: &mut Errors) -> Option<Taken> {
    let display = match value.sigil {
        Sigil::None => false,
        Sigil::Display => true,
        Sigil::Debug(span) => {
            errors.at(span, DEBUG_REFUSED);
            return None;
        }
    };
    Some(Taken {
        expr: value.expr.clone(),
        display,
        key,
    })
}

fn taken_id(keyed: &Keyed, key: Key, value: &Value, errors: &mut Errors) -> Option<Taken> {
    if let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = &value.expr
    {
        if text.value().is_empty() {
            let advice = match key {
                Key::Session => "session: leave it out",
                _ => "user: leave it out, or write `anonymous` for nobody",
            };
            errors.at(text.span(), format!("an empty id is no {advice}"));
            return None;
        }
    }
    taken(value, keyed.place(key), errors)
}
