//! What makes two errors one kind.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::error::backtrace::own_frames;
use crate::error::normalise::normalised;
use crate::model::Fingerprint;
use crate::record::ErrorDetails;

/// Of an error that nobody gave one: its type, and the functions that it came through where they
/// are known, else its message without what changes from one time to the next.
pub(crate) fn fingerprint_of(message: &str, details: &ErrorDetails) -> Fingerprint {
    let own = details.backtrace.as_deref().map(own_frames);
    let error_type = details.error_type.as_deref().unwrap_or_default();
    match own {
        Some(own) if !own.is_empty() => {
            let parts = ["frames", error_type].into_iter();
            hash(parts.chain(own))
        }
        _ => hash(["message", error_type, &*normalised(message)].into_iter()),
    }
}

/// Of an error that was given a key of its own: the type and the message do not matter.
pub(crate) fn fingerprint_of_key(key: &str) -> Fingerprint {
    hash(["key", key].into_iter())
}

/// SipHash-1-3 with 128 bits and a fixed key, since stored records rely on it.
fn hash<'a>(parts: impl Iterator<Item = &'a str>) -> Fingerprint {
    let mut hasher = SipHasher13::new();
    for part in parts {
        hasher.write(&(part.len() as u64).to_le_bytes());
        hasher.write(part.as_bytes());
    }
    Fingerprint::from_bytes(hasher.finish128().as_u128().to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(error_type: &str, message: &str, backtrace: Option<&str>) -> Fingerprint {
        let details = ErrorDetails {
            error_type: Some(error_type.into()),
            backtrace: backtrace.map(Into::into),
            ..ErrorDetails::default()
        };
        fingerprint_of(message, &details)
    }

    #[test]
    fn fingerprint_is_stable_across_releases() {
        assert_eq!(
            of("shop::Refused", "order 17 refused", None).to_string(),
            "35efb29a35440c745e8a9a7871271772"
        );
        assert_eq!(
            fingerprint_of_key("checkout").to_string(),
            "ad57f44b1e8f7e2c3aedf8acf601cedd"
        );
    }

    #[test]
    fn fingerprint_depends_on_type_message_and_frames() {
        let first = of("A", "order 1 refused", None);
        assert_eq!(first, of("A", "order 2 refused", None));
        assert_ne!(first, of("B", "order 1 refused", None));
        assert_ne!(first, of("A", "order 1 lost", None));
        let (pay, ship) = ("  0: shop::pay\n", "  0: shop::ship\n");
        assert_eq!(of("A", "x", Some(pay)), of("A", "y", Some(pay)));
        assert_ne!(of("A", "x", Some(pay)), of("A", "x", Some(ship)));
        let foreign = "  0: std::rt::begin\n";
        assert_eq!(of("A", "x", Some(foreign)), of("A", "x", None));
        assert_ne!(fingerprint_of_key("A"), fingerprint_of_key("B"));
    }
}
