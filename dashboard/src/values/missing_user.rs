//! Why a user is missing.

use whose::UnattributedReason;

/// The reasons of records whose user is missing, but those of users that are missing on purpose.
pub(crate) fn missing_user_reasons() -> impl Iterator<Item = &'static str> {
    let on_purpose = [UnattributedReason::Anonymous, UnattributedReason::Withheld];
    let reasons = UnattributedReason::ALL.into_iter();
    reasons
        .filter(move |reason| !on_purpose.contains(reason))
        .map(UnattributedReason::as_str)
}
