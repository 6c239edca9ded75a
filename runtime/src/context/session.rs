//! Ids for sessions of one's own, and their renewal.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::context::read::with_current;
use crate::context::write::set_session;
use crate::model::{Session, SessionId};

/// A new id for a session: 32 hexadecimal digits that sort by time.
///
/// It tells one session from another, and is no secret: do not let anybody in by it.
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
    // Never empty.
    SessionId::of(&id).unwrap_or_else(new_id)
}

/// Begins a session that goes on from the current one, as after a login or a long pause, and gives
/// its id; goes where [`set_session`] goes.
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
