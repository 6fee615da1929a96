//! A look at a library before it is loaded: is it whole?
//!
//! The system's loader maps a library's parts without asking whether the file still has them; a
//! truncated one ends the process with SIGBUS, where no error can be caught any more.

use std::fs::File;
use std::io;
use std::path::Path;

use object::Endianness;
use object::elf::{FileHeader64, PT_LOAD, SHT_NOBITS};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};
use object::read::{ReadCache, ReadRef};

/// Why the file at `path` is not a library that can be loaded, if it is not.
pub fn defect(path: &Path) -> io::Result<Option<String>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok(Some("the file is empty".into()));
    }
    if !cfg!(all(target_os = "linux", target_pointer_width = "64")) {
        return Ok(None);
    }
    let cache = ReadCache::new(file);
    Ok(inspect(&cache, length).err())
}

fn inspect<'a, R: ReadRef<'a>>(data: R, length: u64) -> Result<(), String> {
    let not_elf = |_| "the file is not an ELF library".to_string();
    let truncated = |_| "the file is truncated".to_string();
    let header = FileHeader64::<Endianness>::parse(data).map_err(not_elf)?;
    let endian = header.endian().map_err(not_elf)?;
    if header.e_type.get(endian) != object::elf::ET_DYN {
        return Err("the file is an ELF file but not a library".into());
    }
    let whole =
        |offset: u64, size: u64| match offset.checked_add(size).is_some_and(|end| end <= length) {
            true => Ok(()),
            false => Err("the file is truncated".to_string()),
        };
    for segment in header.program_headers(endian, data).map_err(truncated)? {
        if segment.p_type(endian) == PT_LOAD {
            whole(segment.p_offset(endian), segment.p_filesz(endian))?;
        }
    }
    for section in header.section_headers(endian, data).map_err(truncated)? {
        if section.sh_type(endian) != SHT_NOBITS {
            whole(section.sh_offset(endian), section.sh_size(endian))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    fn a_whole_library_passes_and_every_cut_is_seen() {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let libc = maps.lines().find(|l| l.contains("libc.so")).unwrap();
        let bytes = fs::read(&libc[libc.find('/').unwrap()..]).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lib.so");
        fs::write(&path, &bytes).unwrap();
        assert_eq!(defect(&path).unwrap(), None);
        for keep in [0, 1, 3, 63, 64, 100, 1000, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&path, &bytes[..keep]).unwrap();
            assert!(defect(&path).unwrap().is_some(), "{keep} bytes");
        }
        fs::write(&path, "#!/bin/sh\necho I am text\n").unwrap();
        assert_eq!(defect(&path).unwrap().unwrap(), "the file is not an ELF library");
    }
}
