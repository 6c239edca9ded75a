//! Fingerprints, which group errors of the same kind.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::error::backtrace::in_app_frames;
use crate::error::normalise::normalised;
use crate::model::Fingerprint;
use crate::record::ErrorDetails;

/// The fingerprint of an error without a key of its own.
///
/// Hashes the error type and the frames of the application, or the type and the normalised message
/// where no backtrace was captured.
pub(crate) fn fingerprint_of(message: &str, details: &ErrorDetails) -> Fingerprint {
    let own = details.backtrace.as_deref().map(in_app_frames);
    let error_type = details.error_type.as_deref().unwrap_or_default();
    match own {
        Some(own) if !own.is_empty() => {
            let parts = ["frames", error_type].into_iter();
            hash(parts.chain(own))
        }
        _ => hash(["message", error_type, &*normalised(message)].into_iter()),
    }
}

/// The fingerprint of an error with a key of its own. The type and the message do not count.
pub(crate) fn fingerprint_of_key(key: &str) -> Fingerprint {
    hash(["key", key].into_iter())
}

/// Hashes the version and the parts by SipHash-1-3 with 128 bits and a fixed key. Stored records rely
/// on the value: a change of the computation raises [`Fingerprint::VERSION`].
fn hash<'a>(parts: impl Iterator<Item = &'a str>) -> Fingerprint {
    let mut hasher = SipHasher13::new();
    hasher.write(&Fingerprint::VERSION.to_le_bytes());
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
    fn fingerprint_of_version_1_has_known_value() {
        assert_eq!(Fingerprint::VERSION, 1);
        assert_eq!(
            of("shop::Refused", "order 17 refused", None).to_string(),
            "622b469ddaae9a4effd4966d7fe6dac0"
        );
        assert_eq!(
            fingerprint_of_key("checkout").to_string(),
            "c2bc70e9787a9ac1d07f6e2ab33284ac"
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
