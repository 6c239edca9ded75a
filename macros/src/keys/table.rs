//! The table of all keys.

use super::spec::{ArgForm, Key, KeyGroup, KeySpec};

const fn identity(
    key: Key,
    names: &'static [&'static str],
    form: ArgForm,
    usage: &'static str,
) -> KeySpec {
    KeySpec {
        key,
        names,
        form,
        group: KeyGroup::Scope,
        usage,
    }
}

const fn span(
    key: Key,
    names: &'static [&'static str],
    form: ArgForm,
    usage: &'static str,
) -> KeySpec {
    KeySpec {
        key,
        names,
        form,
        group: KeyGroup::Span,
        usage,
    }
}

const fn job(key: Key, names: &'static [&'static str], usage: &'static str) -> KeySpec {
    KeySpec {
        key,
        names,
        form: ArgForm::Value,
        group: KeyGroup::Job,
        usage,
    }
}

const CRATE: KeySpec = KeySpec {
    key: Key::Crate,
    names: &["crate"],
    form: ArgForm::Value,
    group: KeyGroup::Any,
    usage: "crate = path",
};

const NAME: KeySpec = KeySpec {
    key: Key::Name,
    names: &["name"],
    form: ArgForm::Value,
    group: KeyGroup::Name,
    usage: "name = \"..\"",
};

const CARRIED: KeySpec = KeySpec {
    key: Key::Carried,
    names: &["carried"],
    form: ArgForm::Flag,
    group: KeyGroup::Returned,
    usage: "carried",
};

pub(super) static KEYS: [KeySpec; 32] = [
    identity(
        Key::User,
        &["user", "from"],
        ArgForm::Binding,
        "user = EXPR",
    ),
    identity(
        Key::UserId,
        &["user_id"],
        ArgForm::Binding,
        "user_id = EXPR",
    ),
    identity(
        Key::Session,
        &["session", "session_id"],
        ArgForm::Binding,
        "session = EXPR",
    ),
    identity(
        Key::Conversation,
        // Not `conversation_id`: `#[with_session(conversation_id)]` takes that argument as the session.
        &["conversation"],
        ArgForm::Binding,
        "conversation = EXPR",
    ),
    identity(Key::Actor, &["actor"], ArgForm::Binding, "actor = EXPR"),
    identity(Key::Email, &["email"], ArgForm::Binding, "email = EXPR"),
    identity(
        Key::Username,
        &["username"],
        ArgForm::Binding,
        "username = EXPR",
    ),
    identity(
        Key::FullName,
        &["full_name"],
        ArgForm::Binding,
        "full_name = EXPR",
    ),
    identity(
        Key::IpAddress,
        &["ip_address"],
        ArgForm::Binding,
        "ip_address = EXPR",
    ),
    identity(
        Key::Segment,
        &["segment"],
        ArgForm::Binding,
        "segment = EXPR",
    ),
    identity(
        Key::Attrs,
        &["attrs"],
        ArgForm::List,
        "attrs(key = EXPR, ..)",
    ),
    identity(Key::Tags, &["tags"], ArgForm::List, "tags(key = EXPR, ..)"),
    identity(Key::Anonymous, &["anonymous"], ArgForm::Flag, "anonymous"),
    identity(Key::Isolated, &["isolated"], ArgForm::Flag, "isolated"),
    identity(Key::Identify, &["identify"], ArgForm::Flag, "identify"),
    identity(
        Key::Supplement,
        &["supplement"],
        ArgForm::Flag,
        "supplement",
    ),
    CRATE,
    CARRIED,
    NAME,
    span(Key::Kind, &["kind"], ArgForm::Value, "kind = agent"),
    span(Key::Agent, &["agent"], ArgForm::Value, "agent = EXPR"),
    span(Key::Level, &["level"], ArgForm::Value, "level = \"debug\""),
    span(Key::Target, &["target"], ArgForm::Value, "target = \"..\""),
    span(Key::Parent, &["parent"], ArgForm::Value, "parent = EXPR"),
    span(
        Key::FollowsFrom,
        &["follows_from"],
        ArgForm::Value,
        "follows_from = EXPR",
    ),
    span(
        Key::Fields,
        &["fields"],
        ArgForm::List,
        "fields(name = EXPR, ..)",
    ),
    span(
        Key::Input,
        &["input"],
        ArgForm::FlagOrList,
        "input(argument, ..)",
    ),
    span(
        Key::Skip,
        &["skip"],
        ArgForm::FlagOrList,
        "skip(argument, ..)",
    ),
    span(
        Key::Output,
        &["output"],
        ArgForm::FlagOrList,
        "output(Display)",
    ),
    span(Key::Err, &["err"], ArgForm::FlagOrList, "err(Debug)"),
    job(Key::Every, &["every"], "every = \"1d\""),
    job(Key::Max, &["max"], "max = \"10m\""),
];
