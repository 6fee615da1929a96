//! Which kernels Jupyter has: folders with the names of kernels, which `jupyter kernelspec list` reads
//! as well, in a second or two.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The kernel that a Python environment with `ipykernel` has without a folder for it.
const NATIVE: &str = "python3";

/// Where Jupyter keeps kernels (jupyter_core's `jupyter_path`, and IPython's own folder). `prefix` is
/// that of the Python environment, `var` an environment variable.
pub fn folders(prefix: &Path, var: impl Fn(&str) -> Option<PathBuf>) -> Vec<PathBuf> {
    let mut data: Vec<PathBuf> =
        var("JUPYTER_PATH").map(|paths| env::split_paths(&paths).collect()).unwrap_or_default();
    let home = var("HOME");
    let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let xdg = || Some(var("XDG_DATA_HOME")?.join("jupyter"));
    data.extend(var("JUPYTER_DATA_DIR").or_else(xdg));
    data.extend(below_home(".local/share/jupyter"));
    data.extend(below_home("Library/Jupyter"));
    data.push(prefix.join("share/jupyter"));
    data.extend(["/usr/local/share/jupyter", "/usr/share/jupyter"].map(PathBuf::from));
    let ipython = var("IPYTHONDIR").or_else(|| below_home(".ipython"));
    data.into_iter().chain(ipython).map(|folder| folder.join("kernels")).collect()
}

/// The kernels in these folders, in the order of their names, in lower case as Jupyter takes them.
pub fn names(folders: &[PathBuf], has_ipykernel: bool) -> Vec<String> {
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let kernels = entries.filter(|entry| entry.path().join("kernel.json").is_file());
    let mut names: Vec<String> =
        kernels.map(|kernel| kernel.file_name().to_string_lossy().to_lowercase()).collect();
    names.extend(has_ipykernel.then(|| NATIVE.to_string()));
    names.sort();
    names.dedup();
    names
}

/// What to say of a notebook that wants a kernel which is not there.
pub fn missing(wanted: &str, there: &[String]) -> Option<String> {
    let name = match wanted.to_lowercase() {
        // Another name for it, to Jupyter.
        name if name == "python" => NATIVE.to_string(),
        name => name,
    };
    if there.contains(&name) {
        return None;
    }
    let there = match there {
        [] => "there is none: install ipykernel".into(),
        names => format!("there are {}", names.join(", ")),
    };
    Some(format!(
        "the notebook's kernel '{wanted}' was not found in Jupyter's folders ({there}) - install it, or \
         choose another in Jupyter and save the notebook"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_folders_with_a_specification() {
        let dir = tempfile::tempdir().unwrap();
        for name in
            ["env/share/jupyter/kernels/IR", "home/.ipython/kernels/old", "more/kernels/julia"]
        {
            fs::create_dir_all(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name).join("kernel.json"), "{}").unwrap();
        }
        fs::create_dir_all(dir.path().join("more/kernels/empty")).unwrap();
        let var = |name: &str| match name {
            "HOME" => Some(dir.path().join("home")),
            "JUPYTER_PATH" => Some(dir.path().join("more")),
            _ => None,
        };
        let mut folders = folders(&dir.path().join("env"), var);
        folders.retain(|folder| folder.starts_with(dir.path()));
        assert_eq!(names(&folders, false), ["ir", "julia", "old"]);
        assert_eq!(names(&folders, true), ["ir", "julia", "old", "python3"]);
    }

    #[test]
    fn what_is_missing_is_told_with_what_is_there() {
        let there = ["ir".to_string(), "python3".into()];
        assert_eq!(missing("IR", &there), None);
        assert_eq!(missing("python", &there), None);
        let said = missing("julia", &there).unwrap();
        assert!(
            said.contains("'julia' was not found in Jupyter's folders (there are ir, python3)"),
            "{said}"
        );
        assert!(missing("julia", &[]).unwrap().contains("(there is none: install ipykernel)"));
    }
}
