//! Whether this version is one that is required.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

use crate::error::{Error, Result};

/// This version.
const CURRENT: &str = env!("CARGO_PKG_VERSION");

/// Checks this version against a version, or against specifiers: `>=0.7.0,<1`.
///
/// # Errors
/// In Guild AI 0.9.0's words: they do not match, or `required` is neither.
pub fn check(required: &str) -> Result<()> {
    match matches(CURRENT, required) {
        Some(true) => Ok(()),
        Some(false) => Err(Error::new(format!(
            "version mismatch: current version '{CURRENT}' does not match '{required}'"
        ))),
        None => Err(Error::new(format!("invalid requirement spec '{required}'")).hint(
            "Specify a version, such as '0.9.0', or specifiers in quotes, such as '>=0.7.0,<1'.",
        )),
    }
}

fn matches(current: &str, required: &str) -> Option<bool> {
    let current = Version::from_str(current).ok()?;
    let specifiers = match Version::from_str(required) {
        Ok(_) => format!("=={required}"),
        Err(_) => required.to_string(),
    };
    Some(VersionSpecifiers::from_str(&specifiers).ok()?.contains(&current))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_specifiers() {
        for (required, answer) in [
            ("0.9.0", Some(true)),
            ("0.9", Some(true)),
            ("0.1.0", Some(false)),
            (">=0.9.0rc0", Some(true)),
            (">0.7,<0.9", Some(false)),
            ("~=0.8", Some(true)),
            ("==0.9.*", Some(true)),
            ("x1", None),
            ("", Some(true)),
        ] {
            assert_eq!(matches("0.9.0", required), answer, "{required}");
        }
    }
}
