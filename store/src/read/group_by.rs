//! The groups of a cost report.

use std::fmt;
use std::str::FromStr;

/// What a cost report is grouped by; see [`Queries::cost`](super::Queries::cost).
///
/// ```
/// use whose_store::GroupBy;
///
/// assert_eq!("tag:plan".parse(), Ok(GroupBy::Tag("plan".into())));
/// assert!("weather".parse::<GroupBy>().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupBy {
    /// By user.
    #[default]
    User,
    /// By model.
    Model,
    /// By the provider of the model: [`ModelUsage::provider`](whose::ModelUsage::provider).
    Provider,
    /// By session.
    Session,
    /// By conversation.
    Conversation,
    /// By the agent that made the call: [`ModelUsage::agent`](whose::ModelUsage::agent).
    Agent,
    /// By the tool that made the call: [`ModelUsage::tool`](whose::ModelUsage::tool).
    Tool,
    /// By the service that made the call.
    Service,
    /// By the day on which the call started, in UTC.
    Day,
    /// By the value of the tag with that key.
    Tag(String),
    /// By the value of the attribute of the user with that key.
    Attr(String),
}

impl FromStr for GroupBy {
    type Err = ParseGroupByError;

    fn from_str(text: &str) -> Result<Self, ParseGroupByError> {
        match text {
            "user" => Ok(Self::User),
            "model" => Ok(Self::Model),
            "provider" => Ok(Self::Provider),
            "session" => Ok(Self::Session),
            "conversation" => Ok(Self::Conversation),
            "agent" => Ok(Self::Agent),
            "tool" => Ok(Self::Tool),
            "service" => Ok(Self::Service),
            "day" => Ok(Self::Day),
            _ => match text.split_once(':') {
                Some(("tag", key)) if !key.is_empty() => Ok(Self::Tag(key.to_owned())),
                Some(("attr", key)) if !key.is_empty() => Ok(Self::Attr(key.to_owned())),
                _ => Err(ParseGroupByError(())),
            },
        }
    }
}

impl fmt::Display for GroupBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => f.write_str("user"),
            Self::Model => f.write_str("model"),
            Self::Provider => f.write_str("provider"),
            Self::Session => f.write_str("session"),
            Self::Conversation => f.write_str("conversation"),
            Self::Agent => f.write_str("agent"),
            Self::Tool => f.write_str("tool"),
            Self::Service => f.write_str("service"),
            Self::Day => f.write_str("day"),
            Self::Tag(key) => write!(f, "tag:{key}"),
            Self::Attr(key) => write!(f, "attr:{key}"),
        }
    }
}

/// The error of parsing a [`GroupBy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseGroupByError(());

impl fmt::Display for ParseGroupByError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "expected `user`, `model`, `provider`, `session`, `conversation`, `agent`, `tool`, \
             `service`, `day`, `tag:KEY` or `attr:KEY`",
        )
    }
}

impl std::error::Error for ParseGroupByError {}
