//! The types of the grammar: macros, keys, forms.

/// The macros that share the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Macro {
    Trace,
    WithUser,
    WithSession,
    WithConversation,
    Monitor,
    Guard,
}

impl Macro {
    /// Returns the macro's name for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Trace => "#[whose::trace]",
            Self::WithUser => "#[with_user]",
            Self::WithSession => "#[with_session]",
            Self::WithConversation => "#[with_conversation]",
            Self::Monitor => "#[whose::monitor]",
            Self::Guard => "guard!",
        }
    }

    /// Returns the last segment of the attribute's path.
    pub(crate) fn attr_name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::WithUser => "with_user",
            Self::WithSession => "with_session",
            Self::WithConversation => "with_conversation",
            Self::Monitor => "monitor",
            Self::Guard => "guard",
        }
    }

    /// Returns the key of a first argument without a key.
    pub(crate) fn positional(self) -> Option<Key> {
        match self {
            Self::WithUser => Some(Key::User),
            Self::WithSession => Some(Key::Session),
            Self::WithConversation => Some(Key::Conversation),
            Self::Monitor => Some(Key::Name),
            Self::Trace | Self::Guard => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    User,
    UserId,
    Session,
    Conversation,
    Actor,
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
    Every,
    Max,
}

/// The form in which a key is written.
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

/// The group of a key, which decides the macros that accept it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyGroup {
    /// Every macro accepts the key.
    Any,
    /// The scope: every macro that has a scope accepts the key.
    Scope,
    /// The return value: only attributes with a scope accept the key.
    Returned,
    /// The name of a span or of a job.
    Name,
    /// The span: only `trace` accepts the key.
    Span,
    /// The job: only `monitor` accepts the key.
    Job,
}

impl KeyGroup {
    pub(super) fn is_for(self, mac: Macro) -> bool {
        match self {
            Self::Any => true,
            Self::Scope => mac != Macro::Monitor,
            Self::Returned => !matches!(mac, Macro::Guard | Macro::Monitor),
            Self::Name => matches!(mac, Macro::Trace | Macro::Monitor),
            Self::Span => mac == Macro::Trace,
            Self::Job => mac == Macro::Monitor,
        }
    }
}

/// A key of the grammar.
pub(crate) struct KeySpec {
    pub(crate) key: Key,
    /// The names; messages use the first one.
    pub(crate) names: &'static [&'static str],
    pub(crate) form: ArgForm,
    pub(crate) group: KeyGroup,
    /// An example for messages.
    pub(crate) usage: &'static str,
}

impl KeySpec {
    /// Returns the error for a macro that does not accept the key.
    pub(crate) fn refusal(&self, mac: Macro) -> Option<String> {
        if self.group.is_for(mac) {
            return None;
        }
        let is_monitor = mac == Macro::Monitor;
        let (key, mac) = (self.names[0], mac.name());
        Some(match self.group {
            KeyGroup::Scope | KeyGroup::Returned if is_monitor => {
                format!("`{key}` belongs to a scope, and `{mac}` has none: put `{key}` into `#[whose::trace]` or `#[with_user]` beside it")
            }
            KeyGroup::Returned => {
                format!("`{key}` applies to a return value, and `{mac}` is a statement: remove it")
            }
            KeyGroup::Job => format!("`{key}` is a key of `#[whose::monitor]`: remove it"),
            KeyGroup::Any | KeyGroup::Scope | KeyGroup::Name | KeyGroup::Span => {
                format!("`{key}` is a key of `#[whose::trace]`: `{mac}` creates no span")
            }
        })
    }
}
