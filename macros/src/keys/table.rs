//! Every key of the grammar.

use super::spec::{About, Form, Key, Spec};

const fn identity(
    key: Key,
    names: &'static [&'static str],
    form: Form,
    usage: &'static str,
) -> Spec {
    Spec {
        key,
        names,
        form,
        about: About::Scope,
        usage,
    }
}

const fn span(key: Key, names: &'static [&'static str], form: Form, usage: &'static str) -> Spec {
    Spec {
        key,
        names,
        form,
        about: About::Span,
        usage,
    }
}

const CARRIED: Spec = Spec {
    key: Key::Carried,
    names: &["carried"],
    form: Form::Flag,
    about: About::Returned,
    usage: "carried",
};

pub(super) static KEYS: [Spec; 28] = [
    identity(Key::User, &["user", "from"], Form::Binding, "user = EXPR"),
    identity(Key::UserId, &["user_id"], Form::Binding, "user_id = EXPR"),
    identity(
        Key::Session,
        &["session", "session_id"],
        Form::Binding,
        "session = EXPR",
    ),
    identity(Key::Email, &["email"], Form::Binding, "email = EXPR"),
    identity(
        Key::Username,
        &["username"],
        Form::Binding,
        "username = EXPR",
    ),
    identity(
        Key::FullName,
        &["full_name"],
        Form::Binding,
        "full_name = EXPR",
    ),
    identity(
        Key::IpAddress,
        &["ip_address"],
        Form::Binding,
        "ip_address = EXPR",
    ),
    identity(Key::Segment, &["segment"], Form::Binding, "segment = EXPR"),
    identity(Key::Attrs, &["attrs"], Form::List, "attrs(key = EXPR, ..)"),
    identity(Key::Tags, &["tags"], Form::List, "tags(key = EXPR, ..)"),
    identity(Key::Anonymous, &["anonymous"], Form::Flag, "anonymous"),
    identity(Key::Isolated, &["isolated"], Form::Flag, "isolated"),
    identity(Key::Identify, &["identify"], Form::Flag, "identify"),
    identity(Key::Supplement, &["supplement"], Form::Flag, "supplement"),
    identity(Key::Crate, &["crate"], Form::Value, "crate = path"),
    CARRIED,
    span(Key::Name, &["name"], Form::Value, "name = \"..\""),
    span(Key::Kind, &["kind"], Form::Value, "kind = agent"),
    span(Key::Agent, &["agent"], Form::Value, "agent = EXPR"),
    span(Key::Level, &["level"], Form::Value, "level = \"debug\""),
    span(Key::Target, &["target"], Form::Value, "target = \"..\""),
    span(Key::Parent, &["parent"], Form::Value, "parent = EXPR"),
    span(
        Key::FollowsFrom,
        &["follows_from"],
        Form::Value,
        "follows_from = EXPR",
    ),
    span(
        Key::Fields,
        &["fields"],
        Form::List,
        "fields(name = EXPR, ..)",
    ),
    span(
        Key::Input,
        &["input"],
        Form::FlagOrList,
        "input(argument, ..)",
    ),
    span(Key::Skip, &["skip"], Form::FlagOrList, "skip(argument, ..)"),
    span(
        Key::Output,
        &["output"],
        Form::FlagOrList,
        "output(Display)",
    ),
    span(Key::Err, &["err"], Form::FlagOrList, "err(Debug)"),
];
