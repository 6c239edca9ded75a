//! What is measured, row by row: ours, and the least that has to be done.

pub mod contention;
pub mod growth;
pub mod memory;
pub mod pipeline;
pub mod polls;
pub mod reads;
pub mod scopes;
pub mod sizes;
pub mod spans;

use crate::op::Op;

/// The rows, in their order.
pub const NAMES: [&str; 8] = [
    scopes::ROW,
    reads::ROW,
    polls::ROW,
    spans::ROW,
    pipeline::ROW,
    contention::ROW,
    memory::ROW,
    growth::ROW,
];

/// 18 bytes, as long as ids usually are.
pub const ID: &str = "usr_0123456789abcd";
/// 36 bytes, as a UUID is written.
pub const LONG_ID: &str = "018f3c6e-7a2b-7c4d-8e9f-a0b1c2d3e4f5";
/// A session.
pub const SESSION: &str = "conversation-000042";
/// Three tags.
pub const TAGS: [(&str, &str); 3] = [("plan", "pro"), ("region", "eu"), ("tenant", "acme")];

/// Ours and the floors.
pub(crate) fn ops() -> Vec<Op> {
    let rows = [
        scopes::ops(),
        reads::ops(),
        polls::ops(),
        spans::ops(),
        contention::ops(),
        memory::ops(),
        growth::ops(),
    ];
    rows.into_iter().flatten().collect()
}
