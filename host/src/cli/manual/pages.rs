//! Manual pages.

use std::fs;
use std::io;
use std::path::Path;

use clap::Command;

/// Writes a manual page for each command: `guild.1`, `guild-runs-info.1`.
pub fn write(root: Command, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let root = super::with_texts(root);
    page(&root, "guild", folder)
}

fn page(command: &Command, name: &str, folder: &Path) -> io::Result<()> {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        page(sub, &format!("{name}-{}", sub.get_name()), folder)?;
    }
    let mut text = Vec::new();
    let source = concat!("guild ", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(command.clone()).source(source).render(&mut text)?;
    fs::write(folder.join(format!("{name}.1")), text)
}
