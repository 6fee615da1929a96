//! SQLite, and what can be wrong with it.
//!
//! There is no write-ahead log: it needs memory that processes share, which network file systems
//! do not have. Nor does it wait for the disk: what a power cut leaves is either found to be damaged
//! or is a row as it was once, whose files are looked at before it is believed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};

use crate::order::{Id, Row};
use crate::scalars::Kept;

/// The form of the tables; another one has another file name, too.
const VERSION: i64 = 2;

/// How long to wait for another process that writes. What it writes takes milliseconds.
const PATIENCE: Duration = Duration::from_millis(100);

const TABLES: &str = "\
    CREATE TABLE runs (part INTEGER PRIMARY KEY, content BLOB, sum INTEGER);
    CREATE TABLE scalars (id TEXT PRIMARY KEY, content BLOB, sum INTEGER);
    PRAGMA user_version = 2;";

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

    /// What is kept of all runs, in no order.
    pub fn order(&mut self) -> Result<Vec<Row>, Failure> {
        let mut found = Vec::new();
        let mut statement = self.0.prepare("SELECT content, sum, part FROM runs")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            found.append(&mut part(row, row.get(2)?)?);
        }
        Ok(found)
    }

    /// What is kept of a run's scalars.
    pub fn scalars(&mut self, id: &str) -> Result<Option<Kept>, Failure> {
        let mut statement =
            self.0.prepare_cached("SELECT content, sum FROM scalars WHERE id = ?")?;
        let row = statement
            .query_row([id], |row| {
                let content = match row.get_ref(0)? {
                    ValueRef::Blob(content) => content,
                    _ => &[],
                };
                let intact = row.get::<_, i64>(1)? == checksum(&[id.as_bytes(), content]);
                Ok(if intact { Kept::decode(content) } else { None })
            })
            .optional()?;
        match row {
            None => Ok(None),
            Some(Some(kept)) => Ok(Some(kept)),
            Some(None) => Err(Failure::Damaged),
        }
    }

    /// Writes all of this or, where something fails, nothing.
    pub fn write(
        &mut self,
        order: &[Row],
        scalars: &[(String, Kept)],
        gone: &[String],
    ) -> Result<(), Failure> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i64 =
            transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        match version {
            0 => transaction.execute_batch(TABLES)?,
            VERSION => {}
            _ => return Err(Failure::Damaged),
        }
        {
            let mut parts: BTreeMap<u8, Changes> = BTreeMap::new();
            for id in gone.iter().filter_map(|id| Id::of(id)) {
                parts.entry(id.0[0]).or_default().insert(id, None);
            }
            for row in order {
                parts.entry(row.id.0[0]).or_default().insert(row.id, Some(row));
            }
            let mut read = transaction.prepare("SELECT content, sum FROM runs WHERE part = ?")?;
            let mut add = transaction.prepare("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)")?;
            for (number, changes) in parts {
                let held = match read.query([number])?.next()? {
                    Some(row) => part(row, number)?,
                    None => Vec::new(),
                };
                let kept = held.iter().filter(|row| !changes.contains_key(&row.id));
                let rows = kept.chain(changes.values().filter_map(|row| *row));
                let content = Row::encode_all(rows);
                let sum = checksum(&[&[number], &content]);
                add.execute((number, content, sum))?;
            }
            let mut remove_scalars = transaction.prepare("DELETE FROM scalars WHERE id = ?")?;
            for id in gone {
                remove_scalars.execute([id])?;
            }
            let mut add = transaction.prepare("INSERT OR REPLACE INTO scalars VALUES (?, ?, ?)")?;
            for (id, kept) in scalars {
                let content = kept.encode();
                let sum = checksum(&[id.as_bytes(), &content]);
                add.execute((id, content, sum))?;
            }
        }
        Ok(transaction.commit()?)
    }
}

/// Rows to be written or, where there are none, to be taken away.
type Changes<'a> = BTreeMap<Id, Option<&'a Row>>;

/// The rows of one part, which are those whose ids begin with `number`.
fn part(row: &rusqlite::Row, number: u8) -> Result<Vec<Row>, Failure> {
    let ValueRef::Blob(content) = row.get_ref(0)? else { return Err(Failure::Damaged) };
    if row.get::<_, i64>(1)? != checksum(&[&[number], content]) {
        return Err(Failure::Damaged);
    }
    Row::decode_all(content).ok_or(Failure::Damaged)
}

fn checksum(parts: &[&[u8]]) -> i64 {
    parts.iter().fold(0, |sum, part| crc32c::crc32c_append(sum, part)).into()
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
