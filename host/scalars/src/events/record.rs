//! The framing of an event file (TFRecord).

use std::io::{self, Read};
use std::ops::Range;

/// How much is read at once, and held unless a record is larger.
pub(super) const BUFFER_SIZE: usize = 1 << 16;

/// What a record begins with: length, checksum of the length.
const HEAD: usize = 8 + 4;

/// What a record has beside its data: its head, checksum of the data.
pub(super) const FRAME: usize = HEAD + 4;

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
pub(super) struct Records<'a, R> {
    source: R,
    /// What was read, if any.
    buffer: &'a mut Vec<u8>,
    /// Where in it what no record has taken yet is.
    waiting: Range<usize>,
    /// Heads that were right, by the last bits of the length: most records of a file are of few
    /// sizes, and to compare is cheaper than to calculate a checksum.
    heads: [Option<[u8; HEAD]>; 16],
}

/// What [`Records::next`] found.
#[derive(Debug, PartialEq)]
pub(super) enum Next<'a> {
    Record(&'a [u8]),
    End,
    /// No whole record with the right checksums.
    Damaged,
}

impl<R: Read> Records<'_, R> {
    /// Reads into `buffer`, whatever is in it.
    pub(super) fn new(source: R, buffer: &mut Vec<u8>) -> Records<'_, R> {
        Records { source, buffer, waiting: 0..0, heads: [None; 16] }
    }

    /// The next record.
    ///
    /// # Errors
    /// Those of the source alone.
    pub(super) fn next(&mut self) -> io::Result<Next<'_>> {
        if self.waiting.len() < HEAD && !self.read(HEAD)? {
            return Ok(if self.waiting.is_empty() { Next::End } else { Next::Damaged });
        }
        let Some(size) = self.size() else { return Ok(Next::Damaged) };
        if self.waiting.len() < size && !self.read(size)? {
            return Ok(Next::Damaged);
        }
        let start = self.waiting.start;
        self.waiting.start += size;
        let (data, check) = self.buffer[start + HEAD..start + size].split_at(size - FRAME);
        let right = check == masked(data).to_le_bytes();
        Ok(if right { Next::Record(data) } else { Next::Damaged })
    }

    /// The size of the record whose head is waiting, with its frame, unless the head is damaged.
    fn size(&mut self) -> Option<usize> {
        let head = self.buffer[self.waiting.clone()].first_chunk::<HEAD>()?;
        let (length, check) = head.split_first_chunk()?;
        let known = &mut self.heads[usize::from(head[0] % 16)];
        if known.as_ref() != Some(head) {
            if check != masked(length).to_le_bytes() {
                return None;
            }
            *known = Some(*head);
        }
        usize::try_from(u64::from_le_bytes(*length)).ok()?.checked_add(FRAME)
    }

    /// Reads until as much is waiting, or tells that there is no more.
    fn read(&mut self, wanted: usize) -> io::Result<bool> {
        self.buffer.copy_within(self.waiting.clone(), 0);
        self.waiting = 0..self.waiting.len();
        while self.waiting.len() < wanted {
            if self.waiting.end == self.buffer.len() {
                // A damaged length must not ask for memory: as much again as there is will do.
                let room = wanted.min(2 * self.buffer.len()).max(BUFFER_SIZE);
                self.buffer.resize(room, 0);
            }
            match self.source.read(&mut self.buffer[self.waiting.end..]) {
                Ok(0) => return Ok(false),
                Ok(n) => self.waiting.end += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

/// TensorFlow's form of a checksum: rotated, and shifted by a constant.
fn masked(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(self.1);
            self.0.read(&mut buffer[..most])
        }
    }

    #[test]
    fn records_go_and_come() {
        let large: Vec<u8> = (0..5 * BUFFER_SIZE).map(|i| (i / 7) as u8).collect();
        let mut out = Vec::new();
        for data in [b"", &b"hello"[..], &large, b"after"] {
            append(data, &mut out);
        }
        for at_once in [1, 20, usize::MAX] {
            // Of what was read before nothing is seen.
            let mut buffer = b"\x05\0\0\0\0\0\0\0".to_vec();
            let mut records = Records::new(Slow(&out, at_once), &mut buffer);
            assert_eq!(records.next().unwrap(), Next::Record(b""));
            assert_eq!(records.next().unwrap(), Next::Record(b"hello"));
            assert_eq!(records.next().unwrap(), Next::Record(&large));
            assert_eq!(records.next().unwrap(), Next::Record(b"after"));
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
        for length in [u64::MAX, 1 << 40] {
            let mut bytes = length.to_le_bytes().to_vec();
            bytes.extend(masked(&length.to_le_bytes()).to_le_bytes());
            bytes.extend([0; 3 * BUFFER_SIZE]);
            let mut buffer = Vec::new();
            assert_eq!(Records::new(&bytes[..], &mut buffer).next().unwrap(), Next::Damaged);
            assert!(buffer.capacity() <= 4 * BUFFER_SIZE);
        }
    }
}
