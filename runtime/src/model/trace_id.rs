use std::fmt;
use std::sync::OnceLock;

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident($inner:ty), $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($inner);

        impl $name {
            /// The id of these bytes, most significant first.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(<$inner>::from_be_bytes(bytes))
            }

            /// The bytes of the id, most significant first.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; $bytes] {
                self.0.to_be_bytes()
            }
        }

        /// Lower-case hexadecimal digits, as W3C trace context writes them.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:0width$x}", self.0, width = 2 * $bytes)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

hex_id! {
    /// The 128-bit id of a trace, whose first 48 bits are the milliseconds of its beginning, so
    /// that ids sort by time and an index over them grows at its end.
    TraceId(u128), 16
}

hex_id! {
    /// The 64-bit id of a span, never zero.
    SpanId(u64), 8
}

hex_id! {
    /// The 64-bit id of an isolated scope, never zero: see [`Record::scope_id`](crate::Record::scope_id).
    ScopeId(u64), 8
}

hex_id! {
    /// What errors of one kind have in common: 128 bits that are the same in every process and in
    /// every release.
    Fingerprint(u128), 16
}

impl TraceId {
    /// An id for a trace that begins then, in nanoseconds since 1970.
    #[inline]
    pub(crate) fn new(since_1970: u64) -> Self {
        let millis = u128::from(since_1970 / 1_000_000);
        Self(millis << 80 | u128::from(fastrand::u16(..)) << 64 | u128::from(fastrand::u64(1..)))
    }
}

impl SpanId {
    pub(crate) fn new() -> Self {
        Self(fastrand::u64(1..))
    }
}

impl ScopeId {
    /// The id of the scope that was made after so many others of the process.
    ///
    /// The scopes of a process follow each other, so that an index over them grows at one place. What
    /// stands before is random, 40 bits for each 16 million scopes, so that no other process has it.
    pub(crate) fn of(number: u64) -> Self {
        const COUNTED: u32 = 24;
        static SEED: OnceLock<u64> = OnceLock::new();
        let seed = *SEED.get_or_init(|| fastrand::u64(..));
        // Multiplies by two to the 64th over the golden ratio, as the table of spans does.
        let random = (seed ^ (number >> COUNTED)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self((random >> COUNTED << COUNTED | number & ((1 << COUNTED) - 1)).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trace_ids_sort_by_time_and_print_in_w3c_form() {
        let early = TraceId::new(1_000_000_000_000);
        let late = TraceId::new(1_001_000_000_000);
        assert!(early < late);
        assert_eq!(TraceId::from_bytes(early.to_bytes()), early);
        assert_eq!(
            SpanId::from_bytes([0, 0, 0, 0, 0, 0, 0, 10]).to_string(),
            "000000000000000a"
        );
        assert_eq!(early.to_string().len(), 32);
    }
}
