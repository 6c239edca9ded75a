//! The ids and tags that the rows use.

/// An id of 18 bytes, a usual length.
pub const ID: &str = "usr_0123456789abcd";
/// A user id of 36 bytes: a UUID.
pub const UUID: &str = "018f3c6e-7a2b-7c4d-8e9f-a0b1c2d3e4f5";
/// A session id.
pub const SESSION: &str = "conversation-000042";
/// A session id of 36 bytes: a UUID.
pub const SESSION_UUID: &str = "018f3c70-11d4-7e52-b6a8-0c9d4e7f2a13";
/// Three tags.
pub const TAGS: [(&str, &str); 3] = [("plan", "pro"), ("region", "eu"), ("tenant", "acme")];
