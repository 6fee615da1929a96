//! [`Listing`]: what is kept of the folder of runs.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use guild_store::Listed;

use crate::bytes::{Reader, Writer};
use crate::id::Id;
use crate::stamp::Stamp;

/// What is kept of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// The time by which the run is sorted, in microseconds.
    pub time: i64,
    /// Whether that is the attribute `started`.
    pub is_started: bool,
    /// See [`Listed`].
    pub is_plain: bool,
    pub inode: u64,
    pub changed: i64,
    /// Whether it was not known before.
    pub is_new: bool,
}

impl Row {
    /// What lists ask of the run.
    pub fn listed(self) -> Listed {
        let Row { time, is_started, is_plain, inode, changed, .. } = self;
        Listed { started: is_started.then_some(time), is_plain, inode, changed }
    }
}

/// The name of something in the folder of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Id(Id),
    /// What is no id of Guild's: which one of [`Listing::others`].
    Other(u32),
}

/// What something in the folder of runs is, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// No run, or one that was not looked at.
    Nothing,
    /// A run of which nothing is kept, and its time.
    Odd(Option<i64>),
    Row(Row),
}

/// Something in the folder of runs. There may be many thousands of them: what is asked of one stands
/// in it, so that nothing else of their number is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub name: Name,
    /// Where it is in the order of the file system.
    pub place: u32,
    pub known: Known,
}

impl Entry {
    pub fn row(&self) -> Option<Row> {
        match self.known {
            Known::Row(row) => Some(row),
            Known::Nothing | Known::Odd(_) => None,
        }
    }

    /// The time by which it is sorted, if it has one.
    pub fn time(&self) -> Option<i64> {
        match self.known {
            Known::Row(row) => Some(row.time),
            Known::Odd(time) => time,
            Known::Nothing => None,
        }
    }
}

/// What is kept of the folder of runs: everything in it, in the order in which folders are best
/// looked at: that of their inodes, which is where they are on a disk and in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    /// The folder. None where it had not been at rest.
    pub folder: Option<Stamp>,
    pub entries: Vec<Entry>,
    /// The names that are no ids.
    pub others: Vec<OsString>,
}

/// How many entries are in a block. Blocks are read one after the other into the same memory.
const BLOCK: usize = 256;

/// Bytes of an entry.
const SIZE: usize = 45;

/// The kinds of entries, in bits: a row is there, of a run that is plain, that was started.
const KNOWN: u8 = 1;
const PLAIN: u8 = 2;
const STARTED: u8 = 4;
/// The name is no id.
const OTHER: u8 = 8;

impl Listing {
    /// As bytes, in blocks.
    pub fn blocks(&self) -> impl Iterator<Item = Vec<u8>> {
        let mut head = Writer::default();
        head.0.push(self.folder.is_some().into());
        if let Some(folder) = &self.folder {
            folder.encode(&mut head);
        }
        head.number(self.entries.len() as u64);
        head.number(self.others.len() as u64);
        for name in &self.others {
            head.bytes(name.as_bytes());
        }
        let blocks = self.entries.chunks(BLOCK).map(|entries| {
            let mut block = Writer(Vec::with_capacity(BLOCK * SIZE));
            entries.iter().for_each(|entry| entry.encode(&mut block));
            block.0
        });
        std::iter::once(head.0).chain(blocks)
    }
}

/// Puts what [`Listing::blocks`] gave together again.
#[derive(Default)]
pub(crate) struct Reading {
    listing: Listing,
    /// How many entries there are to be, once the first block was there.
    count: Option<usize>,
}

impl Reading {
    /// Adds the next block. None where it is something else.
    pub fn add(&mut self, block: &[u8]) -> Option<()> {
        let Some(count) = self.count else { return self.begin(Reader(block)) };
        let (entries, rest) = block.as_chunks();
        for entry in entries {
            self.listing.entries.push(Entry::decode(entry)?);
        }
        (rest.is_empty() && self.listing.entries.len() <= count).then_some(())
    }

    fn begin(&mut self, mut reader: Reader) -> Option<()> {
        let has_folder = reader.byte()? == 1;
        self.listing.folder = if has_folder { Some(Stamp::decode(&mut reader)?) } else { None };
        let count = usize::try_from(reader.number()?).ok()?;
        self.count = Some(count);
        self.listing.entries = Vec::with_capacity(count.min(MANY));
        for _ in 0..reader.count()? {
            self.listing.others.push(OsStr::from_bytes(reader.bytes()?).into());
        }
        reader.0.is_empty().then_some(())
    }

    /// The whole. None where something is missing.
    pub fn end(self) -> Option<Listing> {
        let Reading { listing, count } = self;
        let is_there = |name| match name {
            Name::Other(at) => listing.others.get(at as usize).is_some(),
            Name::Id(_) => true,
        };
        let is_whole = count == Some(listing.entries.len())
            && listing.entries.iter().all(|entry| is_there(entry.name));
        is_whole.then_some(listing)
    }
}

/// Room for more entries than these is not made before they come.
const MANY: usize = 1 << 20;

impl Entry {
    /// Always of the same size.
    fn encode(&self, block: &mut Writer) {
        let (known, row) = match self.row() {
            Some(row) => (KNOWN, row),
            None => (0, Row::default()),
        };
        let (other, id) = match self.name {
            Name::Id(id) => (0, id.0),
            Name::Other(at) => (OTHER, u128::from(at).to_le_bytes()),
        };
        let bit = |is: bool, bit| if is { bit } else { 0 };
        block.0.push(known | other | bit(row.is_plain, PLAIN) | bit(row.is_started, STARTED));
        block.0.extend(self.place.to_le_bytes());
        block.0.extend(id);
        block.number(row.inode);
        block.signed(row.changed);
        block.signed(row.time);
    }

    fn decode(bytes: &[u8; SIZE]) -> Option<Entry> {
        let mut reader = Reader(bytes);
        let kind = reader.byte()?;
        let place = u32::from_le_bytes(reader.array()?);
        let id = reader.array()?;
        let name = if kind & OTHER == 0 {
            Name::Id(Id(id))
        } else {
            Name::Other(u32::try_from(u128::from_le_bytes(id)).ok()?)
        };
        let inode = reader.number()?;
        let (changed, time) = (reader.signed()?, reader.signed()?);
        let (is_started, is_plain) = (kind & STARTED != 0, kind & PLAIN != 0);
        let row = Row { time, is_started, is_plain, inode, changed, is_new: false };
        let known = if kind & KNOWN == 0 { Known::Nothing } else { Known::Row(row) };
        Some(Entry { name, place, known })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(blocks: &[Vec<u8>]) -> Option<Listing> {
        let mut reading = Reading::default();
        blocks.iter().try_for_each(|block| reading.add(block))?;
        reading.end()
    }

    fn row() -> impl Strategy<Value = Row> {
        let numbers = (any::<i64>(), any::<u64>(), any::<i64>(), any::<bool>(), any::<bool>());
        numbers.prop_map(|(time, inode, changed, is_started, is_plain)| Row {
            time,
            is_started,
            is_plain,
            inode,
            changed,
            is_new: false,
        })
    }

    prop_compose! {
        fn listing()(
            rows in prop::collection::vec((any::<[u8; 16]>(), prop::option::of(row())), 0..600),
            others in prop::collection::vec("[^/]{0,9}", 0..3),
            folder in prop::option::of(any::<[u64; 2]>()),
        ) -> Listing {
            let folder = folder.map(|[inode, size]| Stamp { inode, size, modified: 1, changed: -2 });
            let known = |row: Option<Row>| row.map_or(Known::Nothing, Known::Row);
            let ids = rows.into_iter().map(|(id, row)| (Name::Id(Id(id)), known(row)));
            let odd = (0..others.len() as u32).map(|at| (Name::Other(at), Known::Nothing));
            let entries = odd.chain(ids).zip(7..);
            let entries = entries.map(|((name, known), place)| Entry { name, place, known });
            let others = others.into_iter().map(OsString::from).collect();
            Listing { folder, entries: entries.collect(), others }
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_comes_back(listing in listing()) {
            let blocks: Vec<Vec<u8>> = listing.blocks().collect();
            prop_assert_eq!(read(&blocks), Some(listing));
            // What is not whole is not believed.
            for at in 0..blocks.len() {
                let mut less = blocks.clone();
                less.remove(at);
                prop_assert_eq!(read(&less), None);
            }
        }

        #[test]
        fn any_bytes(blocks in prop::collection::vec(prop::collection::vec(0..12u8, 0..200), 0..3)) {
            if let Some(listing) = read(&blocks) {
                prop_assert_eq!(read(&listing.blocks().collect::<Vec<_>>()), Some(listing));
            }
        }
    }
}
