//! SQLite, and what can be wrong with it.
//!
//! There is no write-ahead log: it needs memory that processes share, which network file systems
//! do not have. Nor does it wait for the disk: what a power cut leaves is either found to be damaged
//! or is a row as it was once, whose files are looked at before it is believed.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};

use crate::bytes::Reader;
use crate::id::Id;
use crate::listing::{Listing, Reading};

/// The form of the tables; another one has another file name, too.
const VERSION: i64 = 5;

/// How long to wait for another process that writes. What it writes takes milliseconds.
const PATIENCE: Duration = Duration::from_millis(100);

const TABLES: &str = "\
    CREATE TABLE listing (key INTEGER PRIMARY KEY, content BLOB, sum INTEGER);
    CREATE TABLE attributes (key INTEGER PRIMARY KEY, content BLOB, sum INTEGER);
    CREATE TABLE scalars (key INTEGER PRIMARY KEY, content BLOB, sum INTEGER);
    PRAGMA user_version = 5;";

/// What there are rows of runs of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    Attributes,
    Scalars,
}

/// Something that is kept of a run.
pub(crate) struct Row {
    pub table: Table,
    pub id: Id,
    /// The id, and what is kept.
    pub content: Box<[u8]>,
    /// When the last of what was looked at changed, in nanoseconds.
    pub latest_change: i64,
}

impl Row {
    /// The number by which it is found. Where two runs have the same, it is one run's row; its
    /// content says whose.
    pub fn key(&self) -> i64 {
        self.id.half()
    }
}

/// Why the database cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It holds something else than what was written.
    Damaged,
    /// Not now, or not here: it is locked, may not be read or written, the disk is full.
    Unusable,
}

impl From<rusqlite::Error> for Failure {
    fn from(e: rusqlite::Error) -> Failure {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnIndex,
            InvalidColumnName, InvalidColumnType, SqlInputError, SqliteFailure, Utf8Error,
        };
        match e {
            SqliteFailure(e, _) => match e.code {
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Failure::Damaged,
                // Such as a table that is not there.
                ErrorCode::Unknown | ErrorCode::TypeMismatch | ErrorCode::ConstraintViolation => {
                    Failure::Damaged
                }
                ErrorCode::SystemIoFailure if e.extended_code == SHORT_READ => Failure::Damaged,
                _ => Failure::Unusable,
            },
            SqlInputError { .. }
            | Utf8Error(..)
            | InvalidColumnType(..)
            | InvalidColumnIndex(..)
            | InvalidColumnName(..)
            | IntegralValueOutOfRange(..)
            | FromSqlConversionFailure(..) => Failure::Damaged,
            _ => Failure::Unusable,
        }
    }
}

const SHORT_READ: i32 = rusqlite::ffi::SQLITE_IOERR_SHORT_READ;

/// The database, opened.
pub(crate) struct Database(Connection);

impl Database {
    /// Opens it for reading; none when there is none, or nothing in it yet.
    pub fn open_to_read(file: &Path) -> Result<Option<Database>, Failure> {
        match fs::metadata(file) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Ok(metadata) if metadata.len() == 0 => return Ok(None),
            Err(_) => return Err(Failure::Unusable),
            // SQLite would wait for whoever writes to a pipe.
            Ok(metadata) if !metadata.is_file() => return Err(Failure::Unusable),
            Ok(_) => {}
        }
        let database = Database::open(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        // Half of what it takes by itself: few pages are asked for twice.
        database.0.pragma_update(None, "cache_size", -1000)?;
        match database.version()? {
            0 => Ok(None),
            VERSION => Ok(Some(database)),
            _ => Err(Failure::Damaged),
        }
    }

    /// Opens it for writing. It is made when it is missing.
    pub fn open_to_write(file: &Path) -> Result<Database, Failure> {
        if fs::metadata(file).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Failure::Unusable);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let database = Database::open(file, flags)?;
        database.0.pragma_update(None, "synchronous", false)?;
        Ok(database)
    }

    fn open(file: &Path, flags: OpenFlags) -> Result<Database, Failure> {
        let connection =
            Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(PATIENCE)?;
        // Damage is to be found where it is, and not to be followed.
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        Ok(Database(connection))
    }

    fn version(&self) -> Result<i64, Failure> {
        Ok(self.0.pragma_query_value(None, "user_version", |row| row.get(0))?)
    }

    /// Keeps others from writing until [`Database::let_go`], from the next reading on.
    pub fn hold(&mut self) -> Result<(), Failure> {
        if self.0.is_autocommit() {
            self.0.execute_batch("BEGIN")?;
        }
        Ok(())
    }

    pub fn let_go(&mut self) {
        if !self.0.is_autocommit() {
            // Nothing was written.
            let _ = self.0.execute_batch("COMMIT");
        }
    }

    /// What is kept of the folder of runs.
    pub fn listing(&mut self) -> Result<Option<Listing>, Failure> {
        let mut statement = self.0.prepare("SELECT content, sum, key FROM listing ORDER BY key")?;
        let mut blocks = statement.query([])?;
        let mut reading = Reading::default();
        let mut is_there = false;
        while let Some(row) = blocks.next()? {
            let block = intact(row, row.get(2)?)?.ok_or(Failure::Damaged)?;
            reading.add(block).ok_or(Failure::Damaged)?;
            is_there = true;
        }
        if is_there { reading.end().map(Some).ok_or(Failure::Damaged) } else { Ok(None) }
    }

    /// What is kept of a run.
    pub fn row<T>(
        &mut self,
        table: Table,
        id: Id,
        decode: impl FnOnce(&mut Reader) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let query = match table {
            Table::Attributes => "SELECT content, sum FROM attributes WHERE key = ?",
            Table::Scalars => "SELECT content, sum FROM scalars WHERE key = ?",
        };
        let decode = |content: &[u8]| {
            let mut reader = Reader(content);
            if reader.array()? != id.0 {
                return Some(None);
            }
            let row = decode(&mut reader)?;
            reader.0.is_empty().then_some(Some(row))
        };
        Ok(self.kept(query, id.half(), decode)?.flatten())
    }

    /// The content of a row, if there is one.
    fn kept<T>(
        &mut self,
        query: &str,
        key: i64,
        decode: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let mut statement = self.0.prepare_cached(query)?;
        let row = statement.query_row([key], |row| Ok(intact(row, key)?.and_then(decode)));
        match row.optional()? {
            Some(None) => Err(Failure::Damaged),
            row => Ok(row.flatten()),
        }
    }

    /// Writes all of this or, where something fails, nothing. What is kept of the runs `gone` is
    /// taken away.
    pub fn write(
        &mut self,
        listing: Option<&Listing>,
        rows: &[Row],
        gone: &[Id],
    ) -> Result<(), Failure> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i64 =
            transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        match version {
            0 => transaction.execute_batch(TABLES)?,
            VERSION => {}
            _ => return Err(Failure::Damaged),
        }
        if let Some(listing) = listing {
            transaction.execute("DELETE FROM listing", ())?;
            let mut add = transaction.prepare("INSERT INTO listing VALUES (?, ?, ?)")?;
            for (key, content) in (0..).zip(listing.blocks()) {
                let sum = checksum(key, &content);
                add.execute((key, content, sum))?;
            }
        }
        for table in ["attributes", "scalars"] {
            if gone.is_empty() {
                break;
            }
            let mut remove = transaction.prepare(&format!("DELETE FROM {table} WHERE key = ?"))?;
            for id in gone {
                remove.execute([id.half()])?;
            }
        }
        {
            let add = |table| format!("INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)");
            let mut attributes = transaction.prepare(&add("attributes"))?;
            let mut scalars = transaction.prepare(&add("scalars"))?;
            for row in rows {
                let statement = match row.table {
                    Table::Attributes => &mut attributes,
                    Table::Scalars => &mut scalars,
                };
                let (key, content) = (row.key(), &row.content);
                statement.execute((key, content, checksum(key, content)))?;
            }
        }
        Ok(transaction.commit()?)
    }
}

/// The content of a row; none where it is not what was written.
fn intact<'a>(row: &'a rusqlite::Row, key: i64) -> rusqlite::Result<Option<&'a [u8]>> {
    let ValueRef::Blob(content) = row.get_ref(0)? else { return Ok(None) };
    Ok((row.get::<_, i64>(1)? == checksum(key, content)).then_some(content))
}

/// Of a row's content and its key: what stands in the place of another is no use.
fn checksum(key: i64, content: &[u8]) -> i64 {
    crc32c::crc32c_append(crc32c::crc32c(&key.to_le_bytes()), content).into()
}

/// Takes a damaged database out of the way: its folder is renamed, so that other processes that
/// have it open go on with what they know, and then removed.
pub(crate) fn put_away(file: &Path) -> io::Result<()> {
    let folder = file.parent().ok_or(io::ErrorKind::NotFound)?;
    let aside = folder.with_file_name(format!("index-damaged-{}", std::process::id()));
    let _ = fs::remove_dir_all(&aside);
    fs::rename(folder, &aside)?;
    // What is left over is in nobody's way.
    let _ = fs::remove_dir_all(&aside);
    Ok(())
}
