//! The framing of an event file (TFRecord).

use std::io::{self, BufRead, Read};

/// How many bytes of a record are read before it is known that more are there: a damaged length
/// must not ask for memory.
const TRUSTED: u64 = 1 << 20;

/// What a record has beside its data: length, checksum of the length, checksum of the data.
pub(super) const FRAME: usize = 8 + 4 + 4;

/// Appends a record.
pub(super) fn append(data: &[u8], out: &mut Vec<u8>) {
    let length = (data.len() as u64).to_le_bytes();
    out.extend_from_slice(&length);
    out.extend_from_slice(&masked(&length).to_le_bytes());
    out.extend_from_slice(data);
    out.extend_from_slice(&masked(data).to_le_bytes());
}

/// Reads records one by one.
#[derive(Debug)]
pub(super) struct Records<R> {
    source: R,
    /// A record that was not whole in the source's buffer.
    data: Vec<u8>,
    /// How much of the source's buffer the last record took.
    taken: usize,
}

/// What [`Records::next`] found.
#[derive(Debug, PartialEq)]
pub(super) enum Next<'a> {
    Record(&'a [u8]),
    End,
    /// No whole record with the right checksums.
    Damaged,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(source: R) -> Records<R> {
        Records { source, data: Vec::new(), taken: 0 }
    }

    /// The next record.
    ///
    /// # Errors
    /// Those of the source alone.
    pub(super) fn next(&mut self) -> io::Result<Next<'_>> {
        self.source.consume(std::mem::take(&mut self.taken));
        // As a rule a record is in the buffer, and need not be copied.
        let Some(length) = whole(self.source.fill_buf()?) else { return self.copy() };
        self.taken = length + FRAME;
        let record = &self.source.fill_buf()?[..self.taken];
        let (head, rest) = record.split_at(12);
        let (data, check) = rest.split_at(length);
        let right =
            head[8..] == masked(&head[..8]).to_le_bytes() && check == masked(data).to_le_bytes();
        Ok(if right { Next::Record(data) } else { Next::Damaged })
    }

    fn copy(&mut self) -> io::Result<Next<'_>> {
        let mut header = [0; 12];
        match read_full(&mut self.source, &mut header)? {
            0 => return Ok(Next::End),
            12 => {}
            _ => return Ok(Next::Damaged),
        }
        let (length, check) = header.split_at(8);
        if check != masked(length).to_le_bytes() {
            return Ok(Next::Damaged);
        }
        let length = u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|i| header[i]));
        let data = &mut self.data;
        data.clear();
        data.reserve(length.min(TRUSTED) as usize);
        let mut check = [0; 4];
        if self.source.by_ref().take(length).read_to_end(data)? as u64 != length
            || read_full(&mut self.source, &mut check)? != check.len()
            || check != masked(data).to_le_bytes()
        {
            return Ok(Next::Damaged);
        }
        Ok(Next::Record(data))
    }
}

/// The length of the record that a buffer begins with, when all of it is there.
fn whole(buffer: &[u8]) -> Option<usize> {
    let length = usize::try_from(u64::from_le_bytes(*buffer.first_chunk()?)).ok()?;
    (length.checked_add(FRAME)? <= buffer.len()).then_some(length)
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
    use std::io::BufReader;

    #[test]
    fn records_go_and_come() {
        let mut out = Vec::new();
        append(b"", &mut out);
        append(b"hello", &mut out);
        // Whole in the buffer, and not.
        for capacity in [1, 20, 1000] {
            let mut records = Records::new(BufReader::with_capacity(capacity, &out[..]));
            assert_eq!(records.next().unwrap(), Next::Record(b""));
            assert_eq!(records.next().unwrap(), Next::Record(b"hello"));
            assert_eq!(records.next().unwrap(), Next::End);
        }
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
        let mut records = Records::new(&bytes[..]);
        assert_eq!(records.next().unwrap(), Next::Damaged);
        assert!(records.data.capacity() <= 2 * TRUSTED as usize);
    }
}
