//! New session ids, and the renewal of sessions.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::context::read::with_current;
use crate::context::write::set_session;
use crate::model::{Session, SessionId};

/// Makes a new session id of 32 hexadecimal digits. Ids sort by time.
///
/// The id distinguishes sessions and is not a secret: do not use it to authenticate.
///
/// ```
/// let id = whose::session::new_id();
/// assert_eq!(id.as_str().len(), 32);
/// assert_ne!(id, whose::session::new_id());
/// ```
#[must_use]
pub fn new_id() -> SessionId {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = now.map_or(0, |since| since.as_millis());
    let id = format!("{:032x}", millis << 80 | fastrand::u128(1..1 << 80));
    // The id is never empty.
    SessionId::of(&id).unwrap_or_else(new_id)
}

/// Starts a session that continues the current one, such as after a login or a long pause, and
/// returns its id.
///
/// Writes to the nearest isolated scope, as [`set_session`] does. Outside every isolated scope the
/// write is refused, and the returned id has no effect.
///
/// ```
/// let rec = whose::testing::Recorder::start();
/// whose::set_session("visit-1");
/// let renewed = whose::session::renew();
/// tracing::info!("after the login");
/// assert_eq!(rec.events()[0].session_id(), Some(renewed.as_str()));
/// assert_eq!(rec.events()[0].previous_session_id(), Some("visit-1"));
/// ```
#[track_caller]
pub fn renew() -> SessionId {
    let id = new_id();
    let previous = with_current(|at| at.session_id().map(String::from));
    set_session(Session::new(&id).with_previous_id(previous));
    id
}
