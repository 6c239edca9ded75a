//! The names of user, session and tags: in spans and events, policy rules, log lines, and the
//! JSON form of a record.

/// Prefix of every name of a user.
pub const USER: &str = "user.";
/// The patterns of a policy rule for every name of a user, and of a session.
pub(crate) const ANY_OF_USER: &str = "user.*";
pub(crate) const ANY_OF_SESSION: &str = "session.*";
/// The id of a user.
pub const USER_ID: &str = "user.id";
/// The names of the id of a user that are read: the name that is written, and then OpenTelemetry's
/// older names. An earlier name wins.
pub(crate) const USER_ID_NAMES: [&str; 3] = [USER_ID, "enduser.id", "enduser.pseudo.id"];
/// The pseudonym that a policy wrote in place of the id.
pub const USER_HASH: &str = "user.hash";
/// OpenTelemetry's roles of a user. Read as the attribute [`ROLES_ATTR`].
pub(crate) const USER_ROLES: &str = "user.roles";
pub(crate) const ROLES_ATTR: &str = "roles";
/// The email address of a user.
pub const USER_EMAIL: &str = "user.email";
/// The name with which a user signs in.
pub const USER_NAME: &str = "user.name";
/// The full name of a user.
pub const USER_FULL_NAME: &str = "user.full_name";
/// The address of a user.
pub const USER_IP_ADDRESS: &str = "user.ip_address";
/// The segment of a user.
pub const USER_SEGMENT: &str = "user.segment";
/// Prefix of the key of an attribute.
pub(crate) const USER_ATTRS: &str = "user.attrs.";
/// The id of a session.
pub const SESSION_ID: &str = "session.id";
/// The id of the session that a session continues.
pub const SESSION_PREVIOUS_ID: &str = "session.previous_id";
/// The id of the innermost actor.
pub const ACTOR_ID: &str = "whose.actor.id";
/// The kind of the innermost actor.
pub(crate) const ACTOR_KIND: &str = "whose.actor.kind";
/// The source of the innermost actor.
pub const ACTOR_SOURCE: &str = "whose.actor.source";
/// All actors, innermost first.
pub(crate) const ACTOR_CHAIN: &str = "whose.actor.chain";
/// Prefix of the key of a tag.
pub(crate) const TAG: &str = "tag.";
/// Prefix of a tag among the attributes of another tool.
pub const TAG_ATTRIBUTE: &str = "whose.tag.";
/// Prefix of an extra value among the attributes of another tool.
pub const EXTRA_ATTRIBUTE: &str = "whose.extra.";
/// Prefix of a context among the attributes of another tool.
pub const CONTEXT_ATTRIBUTE: &str = "whose.context.";
/// The source of the user.
pub const SOURCE: &str = "whose.source";
/// The source of the session.
pub const SESSION_SOURCE: &str = "whose.session_source";
/// The isolated scope of a record without a user, and of a link.
pub const SCOPE_ID: &str = "whose.scope_id";
/// The name of an event that reports, to other layers, an error that `whose` has already recorded.
pub(crate) const TOLD: &str = "whose.told";
/// The reason why there is no user.
pub(crate) const UNATTRIBUTED: &str = "whose.unattributed";

/// The prefix of the names that have no standard name.
const OWN: &str = "whose.";
/// The names of a user and a session that are whole names.
const IDENTITY: [&str; 9] = [
    USER_HASH,
    USER_ROLES,
    USER_EMAIL,
    USER_NAME,
    USER_FULL_NAME,
    USER_IP_ADDRESS,
    USER_SEGMENT,
    SESSION_ID,
    SESSION_PREVIOUS_ID,
];

/// Whether an attribute of that name is part of an attribution: of a user, a session, a conversation,
/// actors or tags.
///
/// Use the function where another tool has copied the fields of a `tracing` span as they are: the
/// attributes of [`visit_attributes`](crate::Attribution::visit_attributes) replace those fields,
/// because a policy has not seen the fields.
///
/// ```
/// use whose::names::attribution::is_attribution;
///
/// assert!(is_attribution("user.email") && is_attribution("whose.source"));
/// assert!(!is_attribution("user.theme") && !is_attribution("http.route"));
/// ```
#[must_use]
#[inline]
pub fn is_attribution(name: &str) -> bool {
    // Every attribute of every span is asked, so most names are refused by their first byte.
    matches!(
        name.as_bytes(),
        [b'u' | b'e' | b's' | b'g' | b't' | b'w', ..]
    ) && is_listed(name)
}

fn is_listed(name: &str) -> bool {
    let starts = |prefix: &&str| name.starts_with(*prefix);
    USER_ID_NAMES.contains(&name)
        || IDENTITY.contains(&name)
        || name == crate::names::gen_ai::CONVERSATION_ID.name
        || [USER_ATTRS, TAG, OWN].iter().any(starts)
}
