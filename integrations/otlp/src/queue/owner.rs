//! Whose record it is, for the erasure of a user.

#[cfg(feature = "spool")]
pub(crate) use whose_store::OutboxOwner as Owner;

/// Only a spool needs owners.
#[cfg(not(feature = "spool"))]
#[derive(Debug)]
pub(crate) enum Owner {}
