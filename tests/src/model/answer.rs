use std::collections::BTreeMap;

use serde_json::Value as Json;
use whose::Source;

use super::Flaw;
use crate::program::UserSpec;

/// Whose a place or a record is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Which user.
    pub who: ResolvedUser,
    /// The session, and where it came from.
    pub session: Option<(String, Source)>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
    /// Extra values.
    pub extra: BTreeMap<String, Json>,
    /// Contexts.
    pub contexts: BTreeMap<String, Json>,
    /// The numbers of the breadcrumbs, oldest first; errors alone have any.
    pub breadcrumbs: Vec<u64>,
}

/// Nobody was named, nobody on purpose, or somebody.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ResolvedUser {
    /// Nobody was named.
    #[default]
    Unknown,
    /// A mask is in force.
    Anonymous,
    /// This user, from there.
    Is(UserFields, Source),
}

/// A user, as an answer shows one.
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
    /// Who shows where `inner` covers this.
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

    /// Whether nobody was named, or only by the global layer.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Unknown | Self::Is(_, Source::Global))
    }
}

/// A supplement has the id of the one that it covers, or says that it is one. One that says so
/// and names somebody else is none: one person's email never stands beside another's id.
fn supplements(inner: &UserSpec, outer: &UserFields, flaw: Option<Flaw>) -> bool {
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
