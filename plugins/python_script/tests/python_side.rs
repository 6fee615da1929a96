//! Runs the tests of the Python package with `python3`.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails loudly")]

use std::path::Path;
use std::process::Command;

#[test]
fn the_python_package_passes_its_own_tests() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    // `-B`: the sources are embedded from this folder, no byte code should lie about in it.
    let out = Command::new("python3")
        .args(["-B", "-m", "unittest", "discover", "-s", "tests"])
        .current_dir(&folder)
        .output()
        .expect("the tests need python3");
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{text}");
    let ran = text.lines().find_map(|l| l.strip_prefix("Ran ")?.split(' ').next()?.parse().ok());
    assert!(ran.is_some_and(|n: usize| n > 100), "{text}");
}
