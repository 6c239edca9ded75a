//! Users, sessions and tags as numbers.

/// A user, a session and a tag. 0 means none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct RecordIds {
    pub(super) user: u32,
    pub(super) session: u32,
    pub(super) tag: u32,
}

/// The key of the tag.
pub(super) const TAG: &str = "part";

const USER_BITS: u32 = 24;
const OTHER_BITS: u32 = 20;

/// Users are below this number.
pub(super) const USERS: u32 = 1 << USER_BITS;
/// Sessions and tags are below this number.
pub(super) const OTHERS: u32 = 1 << OTHER_BITS;

impl RecordIds {
    /// Reads the ids of a record or of the current attribution. A text that is not a number becomes
    /// a number that no program uses.
    pub(super) fn of(user: Option<&str>, session: Option<&str>, tag: Option<&str>) -> Self {
        let number = |id: Option<&str>| id.map_or(0, |id| id.parse().unwrap_or(u32::MAX));
        Self {
            user: number(user),
            session: number(session),
            tag: number(tag),
        }
    }

    /// All three ids as one event field.
    pub(super) fn pack(self) -> u64 {
        let (user, session) = (u64::from(self.user), u64::from(self.session));
        (user << OTHER_BITS | session) << OTHER_BITS | u64::from(self.tag)
    }

    pub(super) fn unpack(pack: u64) -> Self {
        let part = |shift: u32, below: u32| (pack >> shift) as u32 & (below - 1);
        Self {
            user: part(2 * OTHER_BITS, USERS),
            session: part(OTHER_BITS, OTHERS),
            tag: part(0, OTHERS),
        }
    }
}
