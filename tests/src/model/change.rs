use super::Flaw;
use super::actors::keep_actors;
use super::data::{remove, set};
use crate::program::{ScopeData, UserSetting, Write};

/// Applies a write to the data of a mutable frame, except for breadcrumbs.
pub(super) fn change(cell: &mut ScopeData, write: &Write, flaw: Option<Flaw>) {
    match write {
        Write::SetUser(user_spec) => set_user(cell, UserSetting::Is(user_spec.clone()), flaw),
        Write::SetUserNone | Write::ClearUser => {
            if !(flaw == Some(Flaw::ClearKeepsMask) && cell.user == UserSetting::Anonymous) {
                set_user(cell, UserSetting::Unset, flaw);
            }
        }
        Write::SetAnonymous => set_user(cell, UserSetting::Anonymous, flaw),
        Write::SetSession(id) => cell.session = Some(id),
        Write::ClearSession => cell.session = None,
        Write::SetConversation(id) => cell.conversation = Some(id),
        Write::ClearConversation if flaw != Some(Flaw::ConversationStays) => {
            cell.conversation = None;
        }
        Write::SetActor(actor) => {
            if flaw != Some(Flaw::SetActorAdds) {
                cell.actors.clear();
            }
            cell.actors.push(*actor);
            cell.actors_written = flaw != Some(Flaw::WrittenActorIsRemote);
        }
        Write::ClearActor if flaw != Some(Flaw::ActorStays) => cell.actors.clear(),
        Write::SetTag(key, value) => {
            cell.tags.insert(key, value);
        }
        Write::RemoveTag(key) if flaw != Some(Flaw::TagStays) => {
            cell.tags.remove(key);
        }
        Write::SetExtra(key, value) => set(&mut cell.extra, key, *value),
        Write::RemoveExtra(key) if flaw != Some(Flaw::ExtraStays) => remove(&mut cell.extra, key),
        Write::SetContext(name, fields) => {
            let before = cell.contexts.iter().rev().find(|(other, _)| other == name);
            let mut fields = fields.clone();
            if let Some((_, before)) = before.filter(|_| flaw == Some(Flaw::SetContextJoins)) {
                for (key, value) in before {
                    fields.entry(key).or_insert(*value);
                }
            }
            set(&mut cell.contexts, name, fields);
        }
        Write::RemoveContext(name) if flaw != Some(Flaw::ContextStays) => {
            remove(&mut cell.contexts, name);
        }
        Write::ClearConversation
        | Write::ClearActor
        | Write::RemoveTag(_)
        | Write::RemoveExtra(_)
        | Write::RemoveContext(_) => {}
        Write::AddBreadcrumbs(_) => {}
    }
}

/// A written user replaces the user of a trusted peer.
fn set_user(cell: &mut ScopeData, user: UserSetting, flaw: Option<Flaw>) {
    keep_actors(cell, &user, flaw);
    cell.user = user;
    cell.remote &= flaw == Some(Flaw::WrittenIsRemote);
    if flaw == Some(Flaw::WrittenUserDropsData) {
        cell.tags.clear();
        cell.extra.clear();
        cell.contexts.clear();
    }
}

/// Whether the write removes a value.
pub(super) fn removes_value(write: &Write) -> bool {
    match write {
        Write::SetUserNone
        | Write::ClearUser
        | Write::ClearSession
        | Write::ClearConversation
        | Write::ClearActor
        | Write::RemoveTag(_)
        | Write::RemoveExtra(_)
        | Write::RemoveContext(_) => true,
        Write::SetUser(_)
        | Write::SetAnonymous
        | Write::SetSession(_)
        | Write::SetConversation(_)
        | Write::SetActor(_)
        | Write::SetTag(..)
        | Write::SetExtra(..)
        | Write::SetContext(..)
        | Write::AddBreadcrumbs(_) => false,
    }
}

/// The writes that set all of this data.
pub(super) fn writes_of(data: &ScopeData) -> Vec<Write> {
    let user = match &data.user {
        UserSetting::Is(user_spec) => Some(Write::SetUser(user_spec.clone())),
        UserSetting::Unset | UserSetting::Anonymous => None,
    };
    let tags = data.tags.iter();
    let extra = data.extra.iter();
    let contexts = data.contexts.iter();
    user.into_iter()
        .chain(data.session.map(Write::SetSession))
        .chain(data.conversation.map(Write::SetConversation))
        .chain(data.actors.iter().copied().map(Write::SetActor))
        .chain(tags.map(|(key, value)| Write::SetTag(key, value)))
        .chain(extra.map(|(key, value)| Write::SetExtra(key, *value)))
        .chain(contexts.map(|(name, fields)| Write::SetContext(name, fields.clone())))
        .collect()
}
