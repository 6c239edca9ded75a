//! The limit of a token count.

/// Limits a token count to `u32`, as the writer does, so that no sum over a forged file overflows.
pub(super) fn clamp_tokens(count: i64) -> u64 {
    count.clamp(0, i64::from(u32::MAX)).unsigned_abs()
}
