//! The wire format of protobuf.

#[cfg(feature = "decode")]
mod read;
mod write;

#[cfg(feature = "decode")]
pub(crate) use read::{Fields, Malformed, Wire};
pub(crate) use write::{bytes, message, number};
#[cfg(feature = "sink")]
pub(crate) use write::{bytes_len, double, fixed32, fixed64, message_head, varint_len};
