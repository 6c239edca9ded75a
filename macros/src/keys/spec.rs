//! The types of the grammar: macros, keys, and how a key is written.

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
    pub(crate) fn attr_name(self) -> &'static str {
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
    Carried,
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
pub(crate) enum ArgForm {
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

/// What a key is about, which decides who takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyGroup {
    /// The scope: every macro takes it.
    Scope,
    /// What the function returns: only attributes have one.
    Returned,
    /// The span: only `trace` makes one.
    Span,
}

impl KeyGroup {
    pub(super) fn is_for(self, mac: Macro) -> bool {
        match self {
            Self::Scope => true,
            Self::Returned => mac != Macro::Guard,
            Self::Span => mac == Macro::Trace,
        }
    }
}

/// One key of the grammar.
pub(crate) struct KeySpec {
    pub(crate) key: Key,
    /// The first name is the one that messages use.
    pub(crate) names: &'static [&'static str],
    pub(crate) form: ArgForm,
    pub(crate) group: KeyGroup,
    /// How it is written.
    pub(crate) usage: &'static str,
}

impl KeySpec {
    /// Why `mac` does not take the key.
    pub(crate) fn refusal(&self, mac: Macro) -> Option<String> {
        if self.group.is_for(mac) {
            return None;
        }
        let (key, mac) = (self.names[0], mac.name());
        Some(match self.group {
            KeyGroup::Returned => {
                format!(
                    "`{key}` is about what a function returns, and `{mac}` is a statement: drop it"
                )
            }
            KeyGroup::Scope | KeyGroup::Span => {
                format!("`{key}` is a key of `#[whose::trace]`: `{mac}` makes no span")
            }
        })
    }
}
