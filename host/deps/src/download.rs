//! Files that are fetched from a server and kept among the cached resources.
//!
//! Source: `URLResolver` in `resolver.py` and `download_url` in `pip_util.py` of 0.9.0, whose places
//! and names they have. There an interrupted download counts as the file from then on, one that
//! stalls is waited for, and flags within the address do not make another file. Here a file is at
//! its place only when it is whole; until then it is a `.part` beside it, from which the next
//! download goes on.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use guild_flags::value::text;
use guild_plugin_api::Value;
use guild_store::Store;
use rustix::fs::{FlockOperation, flock};

use crate::address::Address;
use crate::fetch::Fetch;
use crate::file::{check_any, content, given_path};
use crate::hash;
use crate::post_process::post_process;
use crate::resolve::{Context, Place, Surroundings, cache_dir};
use crate::resource::Source;

/// How often another process is looked for that downloads the same.
const TICK: Duration = Duration::from_millis(100);

/// The files that a source on a server stands for.
pub(crate) fn resolve(
    source: &Source,
    place: &Place,
    cx: &Context,
) -> Result<Vec<PathBuf>, String> {
    if let Some(given) = place.given(source) {
        return given_path(&given, source, cx);
    }
    let url = match cx.references(&source.uri, Some(source.resolving_name()))? {
        Value::Str(url) => url,
        other => text(&other),
    };
    let (kept, path) = fetched(&url, cx.store, cx.around)?;
    kept.verify(&path, source, cx.around)?;
    let dir = kept.dir;
    let found = content(&path, source, &dir, cx)?;
    check_any(&found, source, cx)?;
    post_process(source, place, &path, &dir, cx)?;
    Ok(found)
}

/// A file that was downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downloaded {
    /// Where it is kept.
    pub path: PathBuf,
    /// The SHA 256 digest of what is in it, in hexadecimal digits.
    pub sha256: String,
}

/// Downloads a file, unless it is kept already, to where a source with this address finds it.
///
/// # Errors
/// Why it is not to be had.
pub fn download(url: &str, store: &Store, around: &dyn Surroundings) -> Result<Downloaded, String> {
    let (_, path) = fetched(url, store, around)?;
    let sha256 = hash::sha256(&path, around);
    around.progress(None);
    let sha256 = sha256.map_err(|e| format!("cannot read '{}': {e}", path.display()))?;
    Ok(Downloaded { path, sha256 })
}

/// Where what is at an address is kept, and the file itself, which is there.
fn fetched(url: &str, store: &Store, around: &dyn Surroundings) -> Result<(Kept, PathBuf), String> {
    let address = Address::read(url);
    let name = address.file_name()?;
    let dir = cache_dir(store, &address.parts());
    fs::create_dir_all(&dir).map_err(|e| format!("cannot write in {}: {e}", dir.display()))?;
    let kept = Kept { dir, name };
    let path = kept.file(url, around)?;
    Ok((kept, path))
}

/// Where a file is kept, and what is kept beside it.
struct Kept {
    dir: PathBuf,
    name: String,
}

impl Kept {
    fn beside(&self, ending: &str) -> PathBuf {
        self.dir.join(format!(".guild-cache-{}.{ending}", self.name))
    }

    /// The file, fetched if it is not there.
    fn file(&self, url: &str, around: &dyn Surroundings) -> Result<PathBuf, String> {
        let path = self.dir.join(&self.name);
        // One process fetches, others wait for it.
        let lock = self.lock(url, around)?;
        if path.exists() {
            around.info(&format!("Using cached file {}", path.display()));
        } else {
            let (part, stamp) = (self.beside("part"), self.beside("stamp"));
            let fetched = Fetch { url, name: &self.name, part: &part, stamp: &stamp, around }.run();
            around.progress(None);
            fetched?;
            let placed = fs::rename(&part, &path);
            placed.map_err(|e| format!("cannot write {}: {e}", path.display()))?;
            let _ = fs::remove_file(stamp);
        }
        drop(lock);
        Ok(path)
    }

    fn lock(&self, url: &str, around: &dyn Surroundings) -> Result<File, String> {
        let path = self.beside("lock");
        let failed = |e: io::Error| format!("cannot lock {}: {e}", path.display());
        let file = File::create(&path).map_err(failed)?;
        let mut told = false;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(file),
                Err(e) if e == rustix::io::Errno::WOULDBLOCK => {}
                Err(e) => return Err(failed(e.into())),
            }
            if !std::mem::replace(&mut told, true) {
                around.info(&format!("Waiting for another process that downloads {url}"));
            }
            std::thread::sleep(TICK);
            around.interrupted().map_err(|e| e.to_string())?;
        }
    }

    /// A content that is not the expected one is kept, as in 0.9.0: what is wrong may be the
    /// expectation.
    fn verify(
        &self,
        path: &Path,
        source: &Source,
        around: &dyn Surroundings,
    ) -> Result<(), String> {
        let Some(expected) = &source.sha256 else { return Ok(()) };
        let known = self.beside("sha");
        let modified = |path: &Path| fs::metadata(path).and_then(|m| m.modified()).ok();
        let same = |hash: &str| hash.trim_end().eq_ignore_ascii_case(expected);
        if modified(&known) >= modified(path) && fs::read_to_string(&known).is_ok_and(|h| same(&h))
        {
            return Ok(());
        }
        let shown = path.display();
        let actual =
            hash::sha256(path, around).map_err(|e| format!("cannot read '{shown}': {e}"))?;
        if !same(&actual) {
            return Err(format!(
                "bad sha256 for '{shown}' (expected {expected} but got {actual})\nIf the file is \
                 wrong, delete it: it is downloaded again then."
            ));
        }
        fs::write(&known, actual).map_err(|e| format!("cannot write {}: {e}", known.display()))
    }
}
