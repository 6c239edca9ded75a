//! Writing protobuf: the few wire types that spans and log records need.
//!
//! A record is written straight from its parts, without the messages of `opentelemetry-proto` in
//! between: those own their texts, so that each attribute would cost two allocations. The tests read
//! the bytes with `opentelemetry-proto`.

/// How many bytes the length of a nested message has, until the length is known.
const LENGTH_BYTES: usize = 1;

/// Writes a variable-length number.
pub(crate) fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// The number of bytes of a variable-length number.
pub(crate) const fn varint_len(number: u64) -> usize {
    let bits = 64 - (number | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

fn tag(out: &mut Vec<u8>, field: u32, wire_type: u32) {
    varint(out, u64::from(field << 3 | wire_type));
}

/// Writes a field of type `int64`, `uint32`, `bool` or an enumeration.
pub(crate) fn number(out: &mut Vec<u8>, field: u32, number: u64) {
    tag(out, field, 0);
    varint(out, number);
}

/// Writes a field of type `fixed64`.
#[cfg(feature = "sink")]
pub(crate) fn fixed64(out: &mut Vec<u8>, field: u32, number: u64) {
    tag(out, field, 1);
    out.extend_from_slice(&number.to_le_bytes());
}

/// Writes a field of type `double`.
#[cfg(feature = "sink")]
pub(crate) fn double(out: &mut Vec<u8>, field: u32, number: f64) {
    fixed64(out, field, number.to_bits());
}

/// Writes a field of type `fixed32`.
#[cfg(feature = "sink")]
pub(crate) fn fixed32(out: &mut Vec<u8>, field: u32, number: u32) {
    tag(out, field, 5);
    out.extend_from_slice(&number.to_le_bytes());
}

/// Writes a field of type `string` or `bytes`, also an empty one.
pub(crate) fn bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    tag(out, field, 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Writes the tag and the length of a nested message of `len` bytes.
#[cfg(feature = "sink")]
pub(crate) fn message_head(out: &mut Vec<u8>, field: u32, len: usize) {
    tag(out, field, 2);
    varint(out, len as u64);
}

/// The number of bytes that [`bytes`] writes for a field below 16.
#[cfg(feature = "sink")]
pub(crate) const fn bytes_len(len: usize) -> usize {
    1 + varint_len(len as u64) + len
}

/// Writes a nested message whose length is not known before it is written.
pub(crate) fn message(out: &mut Vec<u8>, field: u32, write: impl FnOnce(&mut Vec<u8>)) {
    tag(out, field, 2);
    let at = out.len();
    out.extend_from_slice(&[0; LENGTH_BYTES]);
    write(out);
    let len = out.len() - at - LENGTH_BYTES;
    let needed = varint_len(len as u64);
    if needed == LENGTH_BYTES {
        out[at] = len.to_le_bytes()[0];
        return;
    }
    // Moves the message to make room for a longer length.
    let missing = needed - LENGTH_BYTES;
    let end = out.len();
    out.resize(end + missing, 0);
    out.copy_within(at + LENGTH_BYTES..end, at + needed);
    let mut rest = len as u64;
    for byte in &mut out[at..at + needed - 1] {
        *byte = rest.to_le_bytes()[0] | 0x80;
        rest >>= 7;
    }
    out[at + needed - 1] = rest.to_le_bytes()[0];
}

#[cfg(all(test, feature = "sink"))]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out);
        out
    }

    #[test]
    fn varint_has_seven_bits_a_byte() {
        assert_eq!(written(|out| varint(out, 0)), [0]);
        assert_eq!(written(|out| varint(out, 127)), [127]);
        assert_eq!(written(|out| varint(out, 300)), [0xac, 2]);
        for number in [
            0,
            1,
            127,
            128,
            16_383,
            16_384,
            u64::from(u32::MAX),
            u64::MAX,
        ] {
            let bytes = written(|out| varint(out, number));
            assert_eq!(bytes.len(), varint_len(number), "{number}");
            let read = prost::decode_length_delimiter(&mut &*bytes);
            if let Ok(read) = read {
                assert_eq!(read as u64, number);
            }
        }
    }

    #[test]
    fn nested_message_has_its_length_before_it() {
        for len in [0, 1, 127, 128, 20_000, 3_000_000] {
            let text = vec![7; len];
            let nested = written(|out| message(out, 3, |out| out.extend_from_slice(&text)));
            assert_eq!(nested, written(|out| bytes(out, 3, &text)), "{len}");
        }
        assert_eq!(
            bytes_len(200),
            written(|out| bytes(out, 3, &[0; 200])).len()
        );
    }
}
