use whose::{ActorKind, Source};

use super::answer::supplements;
use super::{Answer, Flaw, ResolvedUser, UserFields};
use crate::program::{ScopeData, UserSetting, UserSpec};

/// The number of actors that a chain keeps.
const MAX_ACTORS: usize = 8;

/// Who acts for the user, innermost first: each actor acts for the next one.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// The actors.
    pub actors: Vec<ChainedActor>,
    /// How many of the actors, innermost first, were added inside the frame of the last user.
    since_user: usize,
}

/// An actor of a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainedActor {
    /// The id.
    pub id: String,
    /// The kind.
    pub kind: ActorKind,
    /// The source of the frame that added the actor. `None` where a read does not show the source.
    pub source: Option<Source>,
}

impl Chain {
    /// A chain of these actors, innermost first.
    #[must_use]
    pub fn new(actors: Vec<ChainedActor>) -> Self {
        Self {
            actors,
            since_user: 0,
        }
    }
}

impl PartialEq for Chain {
    fn eq(&self, other: &Self) -> bool {
        self.actors == other.actors
    }
}

/// Ends the chain of the outer user, unless the inner user adds to the outer user. The answer has
/// the outer user.
pub(super) fn cover_actors(answer: &mut Answer, inner: &UserSetting, flaw: Option<Flaw>) {
    let keeps = match (inner, &answer.user) {
        (UserSetting::Unset, _) => return,
        (UserSetting::Anonymous, _) => {
            matches!(flaw, Some(Flaw::AnonymousKeepsActors | Flaw::MaskInherits))
        }
        (UserSetting::Is(user_spec), ResolvedUser::Is(outer, _)) => {
            keeps_actors_of_user(user_spec, outer, flaw)
        }
        (UserSetting::Is(user_spec), ResolvedUser::Unknown) => {
            let adds = user_spec.supplement && flaw != Some(Flaw::SupplementOfNobodyDropsActors);
            adds || flaw == Some(Flaw::ActorsOfNobodyStay)
        }
        (UserSetting::Is(_), ResolvedUser::Anonymous) => flaw == Some(Flaw::AnonymousActorsStay),
    };
    let chain = &mut answer.actors;
    if flaw == Some(Flaw::ActorsBetweenUsersStay) && !keeps {
        chain.actors.truncate(chain.since_user);
    } else if !keeps {
        chain.actors.clear();
    }
    chain.since_user = 0;
}

fn keeps_actors_of_user(inner: &UserSpec, outer: &UserFields, flaw: Option<Flaw>) -> bool {
    let is_same = inner.id.is_some() && inner.id == outer.id.as_deref();
    match flaw {
        Some(Flaw::ActorsSurviveUser) => true,
        Some(Flaw::SameUserDropsActors) if is_same => false,
        Some(Flaw::SupplementDropsActors) if !is_same => false,
        _ => supplements(inner, outer, flaw),
    }
}

/// Puts the actors of a frame in front of the chain.
pub(super) fn merge_actors(
    answer: &mut Answer,
    data: &ScopeData,
    source: Source,
    flaw: Option<Flaw>,
) {
    let is_remote = data.remote && !data.actors_written;
    let source = if is_remote { Source::Remote } else { source };
    let shown = data.actors.iter().map(|actor| ChainedActor {
        id: actor.id.to_owned(),
        kind: actor.kind,
        source: Some(source),
    });
    let chain = &mut answer.actors;
    let mut inner: Vec<ChainedActor> = shown.collect();
    if flaw != Some(Flaw::BuilderChainIsReversed) {
        inner.reverse();
    }
    inner.dedup_by(|outer, inner| is_same_actor(outer, inner));
    // Nobody acts for oneself.
    let is_repeated = match (inner.last(), chain.actors.first()) {
        (Some(inner), Some(outer)) => is_same_actor(inner, outer),
        _ => false,
    };
    if is_repeated {
        chain.actors.remove(0);
        chain.since_user = chain.since_user.saturating_sub(1);
    }
    if data.user == UserSetting::Unset {
        chain.since_user += inner.len();
    }
    match flaw {
        Some(Flaw::ChainIsOutermostFirst) => chain.actors.extend(inner),
        _ => chain.actors = inner.into_iter().chain(chain.actors.drain(..)).collect(),
    }
    let past_limit = chain.actors.len().saturating_sub(MAX_ACTORS);
    match flaw {
        Some(Flaw::ChainIsUnbounded) => {}
        Some(Flaw::ChainKeepsOutermost) => drop(chain.actors.drain(..past_limit)),
        _ => chain.actors.truncate(MAX_ACTORS),
    }
}

fn is_same_actor(one: &ChainedActor, other: &ChainedActor) -> bool {
    (&one.id, one.kind) == (&other.id, other.kind)
}

/// Removes the actors of a mutable frame that do not act for the user that is written now. The cell
/// has the user before.
pub(super) fn keep_actors(cell: &mut ScopeData, now: &UserSetting, flaw: Option<Flaw>) {
    let keeps = match (now, &cell.user) {
        // The user of a trusted peer goes, and takes along the actors that the peer named.
        _ if cell.remote => cell.actors_written || flaw == Some(Flaw::ActorsOfPeerStay),
        (_, UserSetting::Unset) => flaw != Some(Flaw::FirstWrittenUserDropsActors),
        (UserSetting::Unset, _) => flaw == Some(Flaw::ClearedUserKeepsActors),
        (UserSetting::Anonymous, UserSetting::Anonymous) => true,
        (UserSetting::Anonymous, UserSetting::Is(_))
        | (UserSetting::Is(_), UserSetting::Anonymous) => {
            flaw == Some(Flaw::WrittenActorSurvivesUser)
        }
        (UserSetting::Is(now), UserSetting::Is(before)) => is_same_user(now, before, flaw),
    };
    if !keeps {
        cell.actors.clear();
    }
}

/// Whether a written user is the user that the frame had: both have the same id, or both have no id
/// and add to the user outside. A supplement replaces the user of its own frame.
fn is_same_user(now: &UserSpec, before: &UserSpec, flaw: Option<Flaw>) -> bool {
    let is_same = match (now.id, before.id) {
        (Some(now), Some(before)) => now == before,
        (None, None) => now.supplement && before.supplement,
        (None, Some(_)) => now.supplement && flaw == Some(Flaw::WrittenSupplementKeepsActors),
        (Some(_), None) => false,
    };
    match flaw {
        Some(Flaw::WrittenActorSurvivesUser) => true,
        Some(Flaw::WrittenSameUserDropsActors) => false,
        _ => is_same,
    }
}
