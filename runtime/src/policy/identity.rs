//! Rules for the identity of the user and the session of a record.

use crate::model::{
    Actor, ActorKind, Attribution, ChainedActor, ConversationId, ResolvedUser, Session, SessionId,
    User,
};
use crate::names::{attribution, gen_ai};
use crate::policy::action::{Action, MASK};
use crate::policy::names::Name;
use crate::policy::rules::Policy;
use crate::util::Revision;

const USER_ID: Name<'_> = Name(attribution::USER_ID, "");
const SESSION_ID: Name<'_> = Name(attribution::SESSION_ID, "");
const CONVERSATION_ID: Name<'_> = Name(gen_ai::CONVERSATION_ID.name, "");
const ACTOR_ID: Name<'_> = Name(attribution::ACTOR_ID, "");
const SESSION_PREVIOUS_ID: Name<'_> = Name(attribution::SESSION_PREVIOUS_ID, "");

impl Policy {
    /// Applies the rules to the user and the session.
    pub(crate) fn apply_to_identity(&self, attribution: &mut Attribution) {
        if !self.has_rules() {
            return;
        }
        if let ResolvedUser::Known(user, _) = &mut attribution.user {
            self.apply_to_user(user);
            // A fully redacted user becomes `None`.
            if user.is_empty() {
                attribution.user = ResolvedUser::withheld();
            }
        }
        if let (Some(action), Some(data)) = (self.action(&[CONVERSATION_ID]), &mut attribution.data)
        {
            let left = data.conversation().and_then(|id| action.on(id.as_str()));
            data.set_conversation(left.and_then(ConversationId::new));
        }
        if let Some(data) = &mut attribution.data {
            self.apply_to_actors(data.actors_mut());
        }
        let id = self.action(&[SESSION_ID]);
        let previous_id = self.action(&[SESSION_PREVIOUS_ID, SESSION_ID]);
        if id.is_some() || previous_id.is_some() {
            attribution.session = attribution.session.take().and_then(|(session, source)| {
                Some((left_of_session(&session, id, previous_id)?, source))
            });
        }
    }

    /// A rule for the id of users applies to actors that are users too.
    fn apply_to_actors(&self, actors: &mut Vec<ChainedActor>) {
        actors.retain_mut(|ChainedActor { actor, .. }| {
            let names: &[_] = match actor.kind() {
                ActorKind::User => &[ACTOR_ID, USER_ID],
                ActorKind::Agent | ActorKind::Service => &[ACTOR_ID],
            };
            let Some(action) = self.action(names) else {
                return true;
            };
            let left = action.on(actor.id()).unwrap_or_default();
            *actor = Actor::new(left, actor.kind());
            !actor.id().is_empty()
        });
    }

    fn apply_to_user(&self, user: &mut User) {
        user.revise_texts(|name, text| {
            self.action(&[Name(name, "")])
                .map_or(Revision::Keep, |action| Revision::of(action.on(text)))
        });
        let Some(action) = self.action(&[USER_ID]) else {
            return;
        };
        let left = user.id().and_then(|id| action.on(id));
        match left {
            // The pseudonym that another policy wrote in place of the id stays.
            None if matches!(action, Action::Pseudonymise(_)) => user.remove_id(),
            Some(pseudonym) if matches!(action, Action::Pseudonymise(_)) && pseudonym != MASK => {
                user.set_pseudonym(pseudonym);
            }
            // The pseudonym stands for the id, so a rule that removes the id removes the pseudonym
            // too.
            left => user.replace_id(left.as_deref()),
        }
    }
}

fn left_of_session(
    session: &SessionId,
    id: Option<&Action>,
    previous_id: Option<&Action>,
) -> Option<SessionId> {
    let left = |action: Option<&Action>, id: &str| match action {
        Some(action) => action.on(id),
        None => Some(id.to_owned()),
    };
    let previous = session.previous_id().and_then(|id| left(previous_id, id));
    let left = Session::new(left(id, session.as_str())?).with_previous_id(previous);
    SessionId::of(&left)
}
