//! The seam: the host knows no language.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::repository;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_host_names_no_language() {
    let mut files = Vec::new();
    sources(&repository().join("host/src"), &mut files);
    assert!(files.len() > 30, "{files:?}");
    for file in files {
        for line in fs::read_to_string(&file).unwrap().lines() {
            let code = line.trim();
            if code.starts_with("//") {
                continue;
            }
            let lower = code.to_lowercase();
            for word in ["python", "argparse", ".py\"", "ipynb", "rscript", "julia", "node_exe"] {
                assert!(!lower.contains(word), "{}: {line}", file.display());
            }
        }
    }
}
