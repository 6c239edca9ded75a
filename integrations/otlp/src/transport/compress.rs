//! Compressing a request.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The bytes, compressed with gzip at the fastest level: the records of a batch resemble each other,
/// so that higher levels gain little.
///
/// # Errors
/// Never: the bytes are written into memory.
pub(crate) fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 8), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}
