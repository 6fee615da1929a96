//! The framing of an event file (TFRecord).

use std::io::{self, Read};

/// How many bytes of a record are read before it is known that more are there: a damaged length
/// must not ask for memory.
const TRUSTED: u64 = 1 << 20;

/// How many bytes a record takes beside its data: its length and two checksums.
pub(super) const FRAME: u64 = 16;

/// Appends a record.
pub(super) fn append(data: &[u8], out: &mut Vec<u8>) {
    let length = (data.len() as u64).to_le_bytes();
    out.extend_from_slice(&length);
    out.extend_from_slice(&masked(&length).to_le_bytes());
    out.extend_from_slice(data);
    out.extend_from_slice(&masked(data).to_le_bytes());
}

/// Reads the next record into `data`; false when the source is at its end, or what is there is no
/// whole record with the right checksums (`Err` is the system's alone).
pub(super) fn next(source: &mut impl Read, data: &mut Vec<u8>) -> io::Result<Next> {
    let mut header = [0; 12];
    match read_full(source, &mut header)? {
        0 => return Ok(Next::End),
        12 => {}
        _ => return Ok(Next::Damaged),
    }
    let (length, check) = header.split_at(8);
    if check != masked(length).to_le_bytes() {
        return Ok(Next::Damaged);
    }
    let length = u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|i| header[i]));
    data.clear();
    data.reserve(length.min(TRUSTED) as usize);
    let mut check = [0; 4];
    if source.by_ref().take(length).read_to_end(data)? as u64 != length
        || read_full(source, &mut check)? != check.len()
        || check != masked(data).to_le_bytes()
    {
        return Ok(Next::Damaged);
    }
    Ok(Next::Record)
}

/// What [`next`] found.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    Record,
    End,
    Damaged,
}

/// Reads until `buffer` is full or the source at its end, and tells how much.
fn read_full(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// TensorFlow's form of a checksum: rotated, and shifted by a constant.
fn masked(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_go_and_come() {
        let mut out = Vec::new();
        append(b"", &mut out);
        append(b"hello", &mut out);
        let mut source = &out[..];
        let mut data = Vec::new();
        assert_eq!((next(&mut source, &mut data).unwrap(), data.len()), (Next::Record, 0));
        assert_eq!(
            (next(&mut source, &mut data).unwrap(), &data[..]),
            (Next::Record, &b"hello"[..])
        );
        assert_eq!(next(&mut source, &mut data).unwrap(), Next::End);
    }

    #[test]
    fn the_checksum_is_tensorflows() {
        // The start of each file that TensorBoard writes, seen in one.
        let mut out = Vec::new();
        append(b"\x1a\x0dbrain.Event:2", &mut out);
        assert_eq!(out[8..12], [0x6d, 0x53, 0x2b, 0x09]);
        assert_eq!(out[27..], [0xfc, 0x98, 0x51, 0x29]);
    }

    #[test]
    fn a_length_without_bytes_takes_no_memory() {
        let length = u64::MAX.to_le_bytes();
        let mut bytes = length.to_vec();
        bytes.extend(masked(&length).to_le_bytes());
        let mut data = Vec::new();
        assert_eq!(next(&mut &bytes[..], &mut data).unwrap(), Next::Damaged);
        assert!(data.capacity() <= 2 * TRUSTED as usize);
    }
}
