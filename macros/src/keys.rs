//! The keys: their names, how each is written, and which macro takes it.

use crate::diag::nearest;

/// The macros that share the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Macro {
    Trace,
    WithUser,
    WithSession,
    Guard,
}

impl Macro {
    /// The macro's name as users write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Trace => "#[whose::trace]",
            Self::WithUser => "#[with_user]",
            Self::WithSession => "#[with_session]",
            Self::Guard => "guard!",
        }
    }

    /// The last word of the attribute's path.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::WithUser => "with_user",
            Self::WithSession => "with_session",
            Self::Guard => "guard",
        }
    }

    /// The key that a first expression without a key stands for.
    pub(crate) fn positional(self) -> Option<Key> {
        match self {
            Self::WithUser => Some(Key::User),
            Self::WithSession => Some(Key::Session),
            Self::Trace | Self::Guard => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    User,
    UserId,
    Session,
    Email,
    Username,
    FullName,
    IpAddress,
    Segment,
    Attrs,
    Tags,
    Anonymous,
    Isolated,
    Identify,
    Supplement,
    Crate,
    Name,
    Kind,
    Agent,
    Level,
    Target,
    Parent,
    FollowsFrom,
    Fields,
    Input,
    Skip,
    Output,
    Err,
}

/// How a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `key` (the binding of that name) or `key = EXPR`.
    Binding,
    /// `key = EXPR`.
    Value,
    /// `key`.
    Flag,
    /// `key(..)`.
    List,
    /// `key` or `key(..)`.
    FlagOrList,
}

/// One key of the grammar.
pub(crate) struct Spec {
    pub(crate) key: Key,
    /// The first name is the one that messages use.
    pub(crate) names: &'static [&'static str],
    pub(crate) form: Form,
    /// Describes the span, so that only `trace` takes it.
    pub(crate) of_span: bool,
    /// How it is written.
    pub(crate) usage: &'static str,
}

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
        of_span: false,
        usage,
    }
}

const fn span(key: Key, names: &'static [&'static str], form: Form, usage: &'static str) -> Spec {
    Spec {
        key,
        names,
        form,
        of_span: true,
        usage,
    }
}

static KEYS: [Spec; 27] = [
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
    span(Key::Output, &["output"], Form::Flag, "output"),
    span(Key::Err, &["err"], Form::FlagOrList, "err(Debug)"),
];

impl Key {
    pub(crate) fn spec(self) -> &'static Spec {
        // Each key stands in the table: a test holds it to that.
        KEYS.iter()
            .find(|spec| spec.key == self)
            .unwrap_or(&KEYS[0])
    }

    /// Whether the key says something about the user.
    pub(crate) fn is_of_user(self) -> bool {
        matches!(
            self,
            Self::User
                | Self::UserId
                | Self::Email
                | Self::Username
                | Self::FullName
                | Self::IpAddress
                | Self::Segment
                | Self::Attrs
        )
    }
}

/// The key that `name` means in `mac`; `id` is a name in `with_user` alone.
pub(crate) fn lookup(mac: Macro, name: &str) -> Option<&'static Spec> {
    if name == "id" && mac == Macro::WithUser {
        return Some(Key::UserId.spec());
    }
    KEYS.iter().find(|spec| spec.names.contains(&name))
}

/// The names of the keys that `mac` takes.
pub(crate) fn names(mac: Macro) -> impl Iterator<Item = &'static str> {
    let taken = move |spec: &&Spec| mac == Macro::Trace || !spec.of_span;
    KEYS.iter()
        .filter(taken)
        .flat_map(|spec| spec.names.iter().copied())
}

/// What to write instead of a name that is no key of `mac`.
pub(crate) fn advice(mac: Macro, name: &str) -> String {
    let known = match name {
        "id" => Some("write `user_id = ..` for a user, `session_id = ..` for a session"),
        "ret" => Some("write `output`"),
        "skip_all" => Some("leave it out: no argument is recorded unless `input` asks for it"),
        _ => None,
    };
    match (known, nearest(name, names(mac))) {
        (Some(known), _) => known.to_owned(),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => {
            let names: Vec<&str> = names(mac).collect();
            format!("the keys of `{}` are {}", mac.name(), names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_its_own_key() {
        for spec in &KEYS {
            assert_eq!(spec.key.spec().names, spec.names);
            for name in spec.names {
                assert_eq!(lookup(Macro::Trace, name).map(|s| s.key), Some(spec.key));
            }
            assert!(spec.usage.starts_with(spec.names[0]));
        }
    }

    #[test]
    fn id_is_a_name_in_with_user_alone() {
        assert_eq!(
            lookup(Macro::WithUser, "id").map(|s| s.key),
            Some(Key::UserId)
        );
        assert!(lookup(Macro::Trace, "id").is_none());
        assert!(lookup(Macro::WithSession, "id").is_none());
        assert!(lookup(Macro::Guard, "id").is_none());
    }

    #[test]
    fn advice_never_names_a_key_that_the_macro_does_not_take() {
        assert_eq!(advice(Macro::Trace, "kimd"), "did you mean `kind`?");
        assert!(advice(Macro::Guard, "kimd").starts_with("the keys of `guard!` are user, from"));
        assert!(!advice(Macro::Guard, "kimd").contains("kind"));
        assert_eq!(advice(Macro::Trace, "ret"), "write `output`");
    }
}
