use super::convert::user;
use crate::program::{Target, Write};

/// Makes a write on the real thing.
pub(super) fn write(target: Target, write: &Write) {
    match target {
        Target::Nearest => match write {
            Write::SetUser(person) => whose::set_user(user(person)),
            Write::SetUserNone => whose::set_user(None::<whose::User>),
            Write::ClearUser => whose::clear_user(),
            Write::SetAnonymous => whose::set_anonymous(),
            Write::SetSession(id) => whose::set_session(id),
            Write::ClearSession => whose::clear_session(),
            Write::SetTag(key, value) => whose::set_tag(key, value),
            Write::RemoveTag(key) => whose::remove_tag(key),
        },
        Target::Global => match write {
            Write::SetUser(person) => whose::global().set_user(user(person)),
            Write::SetUserNone => whose::global().set_user(None::<whose::User>),
            Write::ClearUser => whose::global().clear_user(),
            Write::SetAnonymous => whose::global().set_anonymous(),
            Write::SetSession(id) => whose::global().set_session(id),
            Write::ClearSession => whose::global().clear_session(),
            Write::SetTag(key, value) => whose::global().set_tag(key, value),
            Write::RemoveTag(key) => whose::global().remove_tag(key),
        },
    }
}
