use std::collections::BTreeMap;

use serde_json::Value as Json;
use whose::Source;

use super::{Chain, Flaw};
use crate::program::UserSpec;

/// The attribution of a stack or of a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The user.
    pub user: ResolvedUser,
    /// The session and its source.
    pub session: Option<(String, Source)>,
    /// The conversation.
    pub conversation: Option<String>,
    /// Who acts for the user.
    pub actors: Chain,
    /// The tags.
    pub tags: BTreeMap<String, String>,
    /// Extra values.
    pub extra: BTreeMap<String, Json>,
    /// Contexts.
    pub contexts: BTreeMap<String, Json>,
    /// The numbers of the breadcrumbs, oldest first. Only errors have breadcrumbs.
    pub breadcrumbs: Vec<u64>,
}

impl Answer {
    /// The answer as a read shows it: only the source of the innermost actor.
    pub(super) fn into_read(mut self) -> Self {
        for actor in self.actors.actors.iter_mut().skip(1) {
            actor.source = None;
        }
        self
    }
}

/// The resolved user: unset, anonymous or set.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ResolvedUser {
    /// No frame sets a user.
    #[default]
    Unknown,
    /// The innermost frame with a user setting is anonymous.
    Anonymous,
    /// The user and its source.
    Is(UserFields, Source),
}

/// The fields of a resolved user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserFields {
    /// The id.
    pub id: Option<String>,
    /// The email address.
    pub email: Option<String>,
    /// The segment.
    pub segment: Option<String>,
    /// The attributes.
    pub attrs: BTreeMap<String, String>,
}

impl From<&UserSpec> for UserFields {
    fn from(user_spec: &UserSpec) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            id: text(user_spec.id),
            email: text(user_spec.email),
            segment: text(user_spec.segment),
            attrs: user_spec
                .attrs
                .iter()
                .map(|(k, v)| ((*k).into(), (*v).into()))
                .collect(),
        }
    }
}

impl ResolvedUser {
    /// The resolved user where `inner` is set inside `self`.
    pub(super) fn covered_by(&self, inner: &UserSpec, source: Source, flaw: Option<Flaw>) -> Self {
        let alone = UserFields::from(inner);
        let known = match self {
            Self::Is(outer, _) if supplements(inner, outer, flaw) => UserFields {
                id: alone.id.or_else(|| outer.id.clone()),
                email: alone.email.or_else(|| outer.email.clone()),
                segment: alone.segment.or_else(|| outer.segment.clone()),
                attrs: outer.attrs.clone().into_iter().chain(alone.attrs).collect(),
            },
            _ => alone,
        };
        Self::Is(known, source)
    }

    /// Whether the user is unset or set only by the global frame.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Unknown | Self::Is(_, Source::Global))
    }
}

/// A user supplements the outer user if their ids are equal, or if the user is marked as a
/// supplement and has no other id. A supplement with another id replaces the user.
pub(super) fn supplements(inner: &UserSpec, outer: &UserFields, flaw: Option<Flaw>) -> bool {
    if flaw == Some(Flaw::UsersMix) {
        return true;
    }
    match (inner.id, outer.id.as_deref()) {
        (Some(inner_id), Some(outer_id)) => {
            inner_id == outer_id && flaw != Some(Flaw::SameIdReplaces)
        }
        _ => inner.supplement && flaw != Some(Flaw::SupplementReplaces),
    }
}
