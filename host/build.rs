//! Embeds the manifests of the plugins that are built with the host, so that a development tree
//! needs no installation step.

use std::path::{Path, PathBuf};
use std::{env, fs};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let plugins = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../plugins");
    println!("cargo::rerun-if-changed={}", plugins.display());
    let mut manifests = Vec::new();
    if let Ok(folders) = fs::read_dir(&plugins) {
        for folder in folders {
            let folder = folder?;
            let name = folder.file_name().to_string_lossy().into_owned();
            let manifest = folder.path().join(format!("{name}.plugin.yml"));
            let feature = format!("CARGO_FEATURE_{}", name.to_uppercase());
            if env::var_os(feature).is_some() && manifest.is_file() {
                println!("cargo::rerun-if-changed={}", manifest.display());
                manifests.push(fs::canonicalize(manifest)?);
            }
        }
    }
    manifests.sort();
    let items: String = manifests.iter().map(|m| format!("    include_str!({m:?}),\n")).collect();
    let out = PathBuf::from(env::var("OUT_DIR")?).join("builtin_manifests.rs");
    fs::write(out, format!("&[\n{items}]\n"))?;
    Ok(())
}
