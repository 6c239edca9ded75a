//! Checks of user, session, conversation, actors and tags.

use proc_macro2::Span;
use syn::{Expr, ExprLit, Ident, Lit, LitStr};

use super::context::CheckContext;
use super::keyed::{names_an_argument, KeyedArgs};
use crate::args::{parse_entries, Entry, Sigil, Value};
use crate::diag::Errors;
use crate::keys::{Key, Macro};
use crate::model::{Identity, RefExpr, User, UserExpr, UserField, UserSpec};

/// The text keys of a user, and the methods that set them.
const TEXTS: [(Key, &str); 5] = [
    (Key::Email, "with_email"),
    (Key::Username, "with_username"),
    (Key::FullName, "with_full_name"),
    (Key::IpAddress, "with_ip_address"),
    (Key::Segment, "with_segment"),
];

const DEBUG_REFUSED: &str = "`?` uses `Debug`, which puts a string in quotes: \
    `\"alice\"` and `alice` would be two ids; write `%` (for `Display`), or the expression alone";

pub(super) fn check(
    context: &CheckContext<'_>,
    keyed: &mut KeyedArgs,
    errors: &mut Errors,
) -> Identity {
    conflicts(keyed, errors);
    let session = scope_id(&SESSION, context, keyed, errors);
    let conversation = scope_id(&CONVERSATION, context, keyed, errors);
    let user = user(context, keyed, errors);
    let actor = keyed
        .value(Key::Actor)
        .and_then(|value| id_ref_expr(keyed, Key::Actor, value, errors));
    let agent = keyed
        .value(Key::Agent)
        .and_then(|value| id_ref_expr(keyed, Key::Agent, value, errors));
    let entries = |key| keyed.list(key).map(|list| (key, list));
    let tags = entries(Key::Tags).map_or_else(Vec::new, |(_, list)| {
        pairs(context, parse_entries(list, errors), check_tag_key, errors)
    });
    if let Some(span) = keyed.span(Key::Identify) {
        if matches!(user, User::Unset) && !keyed.mentions_user() {
            errors.at(
                span,
                "`identify` needs a user: add one, as in `user = EXPR`",
            );
        }
    }
    if context.mac == Macro::Guard && keyed.is_empty() && errors.is_empty() {
        errors.at(
            Span::call_site(),
            "`guard!` needs a user, a session, a conversation, an actor or tags, as in `guard!(user = \"alice\")`",
        );
    }
    Identity {
        isolated: keyed.span(Key::Isolated).is_some(),
        identify: keyed.span(Key::Identify).is_some(),
        user,
        session,
        conversation,
        actor,
        agent,
        tags,
    }
}

fn conflicts(keyed: &KeyedArgs, errors: &mut Errors) {
    if let (Some((user, _)), Some((id, span))) = (
        keyed.written_name(Key::User),
        keyed.written_name(Key::UserId),
    ) {
        errors.at(
            span,
            format!("`{id}` and `{user}` both set the user: keep one"),
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
    for (word, span) in of_user.filter_map(|key| keyed.written_name(key)) {
        errors.at(
            span,
            format!("`anonymous` sets no user: remove it, or `{word}`"),
        );
    }
}

/// An id that an attribute of its own sets: the session or the conversation.
struct ScopeId {
    mac: Macro,
    key: Key,
    /// The key as it is written, and the names of the arguments that are taken without a key.
    name: &'static str,
    arguments: [&'static str; 2],
}

const SESSION: ScopeId = ScopeId {
    mac: Macro::WithSession,
    key: Key::Session,
    name: "session",
    arguments: ["session", "session_id"],
};
const CONVERSATION: ScopeId = ScopeId {
    mac: Macro::WithConversation,
    key: Key::Conversation,
    name: "conversation",
    arguments: ["conversation", "conversation_id"],
};

fn scope_id(
    of: &ScopeId,
    context: &CheckContext<'_>,
    keyed: &KeyedArgs,
    errors: &mut Errors,
) -> Option<RefExpr> {
    if let Some(value) = keyed.value(of.key) {
        return id_ref_expr(keyed, of.key, value, errors);
    }
    if context.mac != of.mac {
        return None;
    }
    let name = of.name;
    if let Some((word, span)) = keyed
        .written_name(Key::User)
        .filter(|(word, _)| word == "from")
    {
        errors.at(
            span,
            format!("`{word}` sets the user: write `{name} = EXPR`"),
        );
        return None;
    }
    let found = of
        .arguments
        .map(|argument| context.bindings.named(argument));
    match found {
        [Some(only), None] | [None, Some(only)] => Some(binding_ref_expr(&only)),
        _ if !errors.is_empty() => None,
        [Some(_), Some(_)] if context.bindings.are_of_block() => None,
        [Some(_), Some(_)] => {
            let [first, second] = of.arguments;
            errors.at(
                Span::call_site(),
                format!("both `{first}` and `{second}` are arguments: write `{name} = EXPR`"),
            );
            None
        }
        [None, None] => {
            errors.at(Span::call_site(), missing_argument(context, name));
            None
        }
    }
}

fn user(context: &CheckContext<'_>, keyed: &KeyedArgs, errors: &mut Errors) -> User {
    if keyed.span(Key::Anonymous).is_some() {
        return User::Anonymous;
    }
    let fields = user_fields(context, keyed, errors);
    let mut expr = None;
    if let Some(value) = keyed.value(Key::UserId) {
        expr = id_ref_expr(keyed, Key::UserId, value, errors).map(UserExpr::Id);
    } else if let Some(value) = keyed.value(Key::User) {
        expr = id_ref_expr(keyed, Key::User, value, errors).map(UserExpr::User);
    } else if context.mac == Macro::WithUser {
        expr = context
            .bindings
            .named("user")
            .map(|user| UserExpr::User(binding_ref_expr(&user)));
        if expr.is_none() && !keyed.mentions_user() && errors.is_empty() {
            errors.at(Span::call_site(), missing_argument(context, "user"));
        }
    }
    let supplement = keyed.span(Key::Supplement);
    if expr.is_none() && fields.is_empty() {
        if let Some(span) = supplement.filter(|_| !keyed.mentions_user()) {
            errors.at(
                span,
                "`supplement` adds fields to the current user: add a field, as in `segment = EXPR`",
            );
        }
        return User::Unset;
    }
    User::Set(Box::new(UserSpec {
        expr,
        fields,
        supplement: supplement.is_some(),
    }))
}

/// Returns the error for an attribute without a user or session.
fn missing_argument(context: &CheckContext<'_>, what: &str) -> String {
    let name = context.mac.name().trim_end_matches(']');
    let names = match what {
        "session" => "`session` or `session_id`",
        "conversation" => "`conversation` or `conversation_id`",
        _ => "`user`",
    };
    format!(
        "no {what} is given, and no argument is named {names}: {}; write `{name}({what} = EXPR)]`",
        context.bindings.sentence()
    )
}

fn user_fields(
    context: &CheckContext<'_>,
    keyed: &KeyedArgs,
    errors: &mut Errors,
) -> Vec<UserField> {
    let mut fields = Vec::new();
    for (key, method) in TEXTS {
        let value = keyed.value(key);
        let text = value.and_then(|value| ref_expr(value, keyed.span_or_call_site(key), errors));
        fields.extend(text.map(|text| UserField::Text(method, text)));
    }
    if let Some(list) = keyed.list(Key::Attrs) {
        let attrs = pairs(context, parse_entries(list, errors), check_attr_key, errors);
        fields.extend(
            attrs
                .into_iter()
                .map(|(key, value)| UserField::Attr(key, value)),
        );
    }
    fields
}

/// Returns the elements of `tags(..)` and `attrs(..)`.
fn pairs(
    context: &CheckContext<'_>,
    entries: Vec<Entry>,
    check_key: fn(&str) -> Result<(), String>,
    errors: &mut Errors,
) -> Vec<(LitStr, RefExpr)> {
    let mut pairs: Vec<(LitStr, RefExpr)> = Vec::new();
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
        if !names_an_argument(context, &entry, errors) {
            continue;
        }
        if let Some(value) = ref_expr(&entry.value, entry.name.span(), errors) {
            pairs.push((LitStr::new(&key, Span::mixed_site()), value));
        }
    }
    pairs
}

/// Checks the key of a tag; the runtime has the same rule for keys that are built there.
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

fn binding_ref_expr(name: &Ident) -> RefExpr {
    // The attribute has no expression, so errors about the value point at the argument.
    RefExpr {
        expr: syn::parse_quote!(#name),
        display: false,
        key: name.span(),
    }
}

/// Returns the value by reference; rejects `?`, because `Debug` quotes strings.
fn ref_expr(value: &Value, key: Span, errors: &mut Errors) -> Option<RefExpr> {
    let display = match value.sigil {
        Sigil::None => false,
        Sigil::Display => true,
        Sigil::Debug(span) => {
            errors.at(span, DEBUG_REFUSED);
            return None;
        }
    };
    Some(RefExpr {
        expr: value.expr.clone(),
        display,
        key,
    })
}

fn id_ref_expr(keyed: &KeyedArgs, key: Key, value: &Value, errors: &mut Errors) -> Option<RefExpr> {
    if let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = &value.expr
    {
        if text.value().is_empty() {
            let advice = match key {
                Key::Session => "a session: remove it",
                Key::Conversation => "a conversation: remove it",
                Key::Actor => "an actor: remove it",
                Key::Agent => "an agent: remove it",
                _ => "a user: remove it, or write `anonymous` for no user",
            };
            errors.at(text.span(), format!("an empty id is not {advice}"));
            return None;
        }
    }
    ref_expr(value, keyed.span_or_call_site(key), errors)
}
