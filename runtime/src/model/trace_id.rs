use std::fmt;
use std::sync::OnceLock;

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident($inner:ty), $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($inner);

        impl $name {
            /// The id with these bytes, most significant first.
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

        /// Lower-case hexadecimal digits, as in W3C Trace Context.
        impl $name {
            /// The id of a text as `Display` prints it; `None` for another text.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let is_hex = text.len() == 2 * $bytes
                    && text.bytes().all(|byte| byte.is_ascii_hexdigit());
                let number = is_hex.then(|| <$inner>::from_str_radix(text, 16))?;
                number.ok().map(Self)
            }
        }

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
    /// The 128-bit id of a trace.
    ///
    /// The first 48 bits are the start of the trace in milliseconds since 1970, so ids sort by time
    /// and an index over them grows at its end.
    TraceId(u128), 16
}

hex_id! {
    /// The 64-bit id of a span, never zero.
    SpanId(u64), 8
}

hex_id! {
    /// The 64-bit id of an isolated scope, never zero: see
    /// [`Record::scope_id`](crate::Record::scope_id).
    ScopeId(u64), 8
}

hex_id! {
    /// The 128-bit hash by which errors are grouped.
    ///
    /// A fingerprint is computed from the type of the error and the functions of the application that
    /// the error passed through, or else from the type and the normalised message; see
    /// [`Record::fingerprint`](crate::Record::fingerprint).
    ///
    /// Equal parts give an equal fingerprint in every process, on every platform and in every release
    /// with the same [`Fingerprint::VERSION`]. Two parts are not under the control of this crate: the
    /// name of the type comes from the compiler ([`std::any::type_name`]), and the names of functions
    /// from the debug information. A new compiler, or a type that moves to another module, can
    /// therefore start a new group. A fingerprint of a key
    /// ([`ErrorReport::fingerprint`](crate::ErrorReport::fingerprint)) depends on the key alone.
    Fingerprint(u128), 16
}

impl Fingerprint {
    /// The version of the computation. A release that changes the computation raises the version, and
    /// its changelog says so: errors start new groups then.
    pub const VERSION: u32 = 1;
}

impl TraceId {
    /// The id of a trace that begins at `since_1970`, in nanoseconds since 1970.
    #[inline]
    pub(crate) fn new(since_1970: u64) -> Self {
        let millis = u128::from(since_1970 / 1_000_000);
        Self(millis << 80 | u128::from(fastrand::u16(..)) << 64 | u128::from(random()))
    }
}

/// A random number that is not 0. A range of the generator costs a multiplication and a loop.
#[inline]
fn random() -> u64 {
    fastrand::u64(..).max(1)
}

impl SpanId {
    #[inline]
    pub(crate) fn new() -> Self {
        Self(random())
    }
}

impl ScopeId {
    /// The id of the isolated scope with this number in the process.
    ///
    /// The low 24 bits are the number, so that an index over the scopes of a process grows at one
    /// place. The high 40 bits are random and change every 16 million scopes, so that two processes
    /// do not share an id.
    pub(crate) fn of(number: u64) -> Self {
        const COUNTED: u32 = 24;
        static SEED: OnceLock<u64> = OnceLock::new();
        let seed = *SEED.get_or_init(|| fastrand::u64(..));
        // The multiplier is two to the 64th over the golden ratio, as in the span table.
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
