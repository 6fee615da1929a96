//! TensorBoard's event files.
//!
//! A file is a sequence of records (TFRecord: length, checksum of the length, data, checksum of
//! the data; all little endian, the checksums CRC-32C in TensorFlow's masked form), each of which
//! holds an `Event` message. The first says `brain.Event:2`. Of the messages `message` has what
//! scalars take; everything else in a file is passed over undecoded. Of a usual event `scan` takes
//! its scalars without making a message of it.

mod message;
mod read;
mod record;
mod scan;
mod write;

pub use read::{Ending, EventFile, is_event_file, read, read_from};
pub use write::EventWriter;
