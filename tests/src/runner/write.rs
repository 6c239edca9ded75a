use std::time::{Duration, SystemTime};

use whose::{Breadcrumb, Handle, User};

use super::convert::{actor, user};
use crate::program::{Crumbs, Target, Write};

/// Performs a write on `whose`. `first` is the number of the first added breadcrumb.
pub(super) fn write(target: Target, write: &Write, first: u64) {
    match target {
        Target::Nearest => to_nearest(write, first),
        Target::Global => to(&whose::global(), write, first),
    }
}

fn to_nearest(write: &Write, first: u64) {
    match write {
        Write::SetUser(user_spec) => whose::set_user(user(user_spec)),
        Write::SetUserNone => whose::set_user(None::<User>),
        Write::ClearUser => whose::clear_user(),
        Write::SetAnonymous => whose::set_anonymous(),
        Write::SetSession(id) => whose::set_session(id),
        Write::ClearSession => whose::clear_session(),
        Write::SetConversation(id) => whose::set_conversation(id),
        Write::ClearConversation => whose::clear_conversation(),
        Write::SetActor(spec) => whose::set_actor(actor(spec)),
        Write::ClearActor => whose::clear_actor(),
        Write::SetTag(key, value) => whose::set_tag(key, value),
        Write::RemoveTag(key) => whose::remove_tag(key),
        Write::SetExtra(key, value) => whose::set_extra(key, value),
        Write::RemoveExtra(key) => whose::remove_extra(key),
        Write::SetContext(name, fields) => whose::set_context(name, fields),
        Write::RemoveContext(name) => whose::remove_context(name),
        Write::AddBreadcrumbs(crumbs) => each(*crumbs, first).for_each(whose::add_breadcrumb),
    }
}

fn to(layer: &Handle, write: &Write, first: u64) {
    match write {
        Write::SetUser(user_spec) => layer.set_user(user(user_spec)),
        Write::SetUserNone => layer.set_user(None::<User>),
        Write::ClearUser => layer.clear_user(),
        Write::SetAnonymous => layer.set_anonymous(),
        Write::SetSession(id) => layer.set_session(id),
        Write::ClearSession => layer.clear_session(),
        Write::SetConversation(id) => layer.set_conversation(id),
        Write::ClearConversation => layer.clear_conversation(),
        Write::SetActor(spec) => layer.set_actor(actor(spec)),
        Write::ClearActor => layer.clear_actor(),
        Write::SetTag(key, value) => layer.set_tag(key, value),
        Write::RemoveTag(key) => layer.remove_tag(key),
        Write::SetExtra(key, value) => layer.set_extra(key, value),
        Write::RemoveExtra(key) => layer.remove_extra(key),
        Write::SetContext(name, fields) => layer.set_context(name, fields),
        Write::RemoveContext(name) => layer.remove_context(name),
        Write::AddBreadcrumbs(crumbs) => {
            each(*crumbs, first).for_each(|crumb| layer.add_breadcrumb(crumb));
        }
    }
}

/// Each breadcrumb has its number as its message.
fn each(crumbs: Crumbs, first: u64) -> impl Iterator<Item = Breadcrumb> {
    (first..first + u64::from(crumbs.count)).map(move |number| {
        let time = SystemTime::UNIX_EPOCH + Duration::from_micros(crumbs.time(number));
        Breadcrumb::new(number.to_string()).with_timestamp(time)
    })
}
