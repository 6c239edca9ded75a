//! The names that user, session and tags have on the wire: as fields of spans and events, in the
//! rules of a policy, on the lines of a log, and in the JSON of a record.

pub(crate) const USER_ID: &str = "user.id";
pub(crate) const USER_HASH: &str = "user.hash";
pub(crate) const USER_EMAIL: &str = "user.email";
pub(crate) const USER_NAME: &str = "user.name";
pub(crate) const USER_FULL_NAME: &str = "user.full_name";
pub(crate) const USER_IP_ADDRESS: &str = "user.ip_address";
pub(crate) const USER_SEGMENT: &str = "user.segment";
/// Stands before the key of an attribute.
pub(crate) const USER_ATTRS: &str = "user.attrs.";
pub(crate) const SESSION_ID: &str = "session.id";
pub(crate) const SESSION_PREVIOUS_ID: &str = "session.previous_id";
/// Stands before the key of a tag.
pub(crate) const TAG: &str = "tag.";
/// Where the user came from.
pub(crate) const SOURCE: &str = "whose.source";
pub(crate) const SESSION_SOURCE: &str = "whose.session_source";
/// The isolated scope of a record that has no user, and of a link.
pub(crate) const SCOPE_ID: &str = "whose.scope_id";
/// The name of an event that tells other layers what `whose` has recorded already.
pub(crate) const TOLD: &str = "whose.told";
/// Why there is no user.
pub(crate) const UNATTRIBUTED: &str = "whose.unattributed";
