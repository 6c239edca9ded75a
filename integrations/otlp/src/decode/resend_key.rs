//! What tells a record that is sent again.

/// What tells a record that is sent again from a new one: a sender that did not receive the answer to a
/// request repeats the request.
///
/// A span has the id of its trace and its own. A log record has an id in the attribute
/// `log.record.uid`, if the sender writes one: `whose-otlp` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResendKey(Key);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Span([u8; 16], [u8; 8]),
    Log([u8; LOG_BYTES]),
}

/// The longest id of a log record: a UUID with its hyphens.
const LOG_BYTES: usize = 36;

impl ResendKey {
    pub(super) const fn of_span(trace: [u8; 16], span: [u8; 8]) -> Self {
        Self(Key::Span(trace, span))
    }

    /// The key of a log record. An id that is no ULID, UUID or number of that length is no key.
    pub(super) fn of_log(uid: &str) -> Option<Self> {
        let mut key = [0; LOG_BYTES];
        let place = key.get_mut(..uid.len()).filter(|place| !place.is_empty())?;
        place.copy_from_slice(uid.as_bytes());
        Some(Self(Key::Log(key)))
    }
}
