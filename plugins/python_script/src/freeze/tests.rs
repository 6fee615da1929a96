use super::*;

/// A folder for packages.
struct Site {
    dir: tempfile::TempDir,
}

impl Site {
    fn new() -> Site {
        Site { dir: tempfile::tempdir().unwrap() }
    }

    fn file(&self, path: &str, text: &str) {
        let file = self.dir.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    fn package(&self, info: &str, name: &str, version: &str) {
        let text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nText\n");
        self.file(&format!("{info}/METADATA"), &text);
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn facts(&self, minor: u32) -> Facts {
        Facts {
            version_info: (3, minor, 0),
            sys_path: vec!["/no/python3.zip".into(), self.path().to_owned()],
            ..Facts::default()
        }
    }

    fn freeze(&self) -> Vec<String> {
        freeze(&self.facts(11), None, Path::new("/"))
    }
}

#[test]
fn names_are_spelled_and_sorted_as_pip_does() {
    let site = Site::new();
    site.package("jinja2-3.1.dist-info", "Jinja2", "3.1");
    site.package("PyYAML-6.0.dist-info", "PyYAML", "6.0");
    site.package("absl_py-2.1.dist-info", "absl-py", "2.01.0");
    site.file("old-1.0-py3.11.egg-info", "Name: old\nVersion: 1.0\n");
    site.file("older.egg-info/PKG-INFO", "Name: older\nVersion: sometime\n");
    site.file("oldest-1-py3.egg/EGG-INFO/PKG-INFO", "Name: oldest\nVersion: 1\n");
    site.file("broken-1.dist-info/RECORD", "");
    site.package("~alf_removed-1.dist-info", "half-removed", "1");
    assert_eq!(
        site.freeze(),
        [
            "absl-py==2.1.0",
            "Jinja2==3.1",
            "old==1.0",
            "older===sometime",
            "oldest==1",
            "PyYAML==6.0"
        ]
    );
}

#[test]
fn builders_are_left_out_before_python_312() {
    let site = Site::new();
    for name in ["pip", "setuptools", "wheel", "x"] {
        site.package(&format!("{name}-1.dist-info"), name, "1");
    }
    assert_eq!(site.freeze(), ["x==1"]);
    let newer = freeze(&site.facts(12), None, Path::new("/"));
    assert_eq!(newer, ["setuptools==1", "wheel==1", "x==1"]);
}

#[test]
fn the_first_on_the_search_path_counts() {
    let (site, first) = (Site::new(), Site::new());
    site.package("A_b-1.dist-info", "A_b", "1");
    first.package("a.b-2.dist-info", "a.b", "2");
    let cwd = first.path().parent().unwrap();
    let name = first.path().file_name().unwrap();
    assert_eq!(freeze(&site.facts(11), Some(name), cwd), ["a.b==2"]);
    assert_eq!(freeze(&site.facts(11), Some("".as_ref()), cwd), ["A_b==1"]);
}

#[test]
fn packages_with_a_url() {
    let site = Site::new();
    let work = Site::new();
    let dir = work.path().display();
    site.package("a-1.dist-info", "A", "1");
    let vcs = r#"{"url": "https://x/a", "vcs_info": {"vcs": "git", "commit_id": "abc"}}"#;
    site.file("a-1.dist-info/direct_url.json", vcs);
    site.package("b-1.dist-info", "b", "1");
    let url = format!(r#"{{"url": "file://{dir}", "dir_info": {{"editable": true}}}}"#);
    site.file("b-1.dist-info/direct_url.json", &url);
    site.package("c-1.dist-info", "c", "1");
    site.file("c-1.dist-info/direct_url.json", "{");
    assert_eq!(
        site.freeze(),
        [
            "A @ git+https://x/a@abc".to_owned(),
            "# Editable install with no version control (b==1)".to_owned(),
            format!("-e {dir}"),
            "c==1".to_owned(),
        ]
    );
}

#[test]
fn packages_that_setup_py_develop_linked() {
    let site = Site::new();
    let work = Site::new();
    work.file("my_pack.egg-info/PKG-INFO", "Name: my-pack\nVersion: 1\n");
    site.file("my-pack.egg-link", &format!("{}\n.\n", work.path().display()));
    assert_eq!(
        site.freeze(),
        [
            "# Editable install with no version control (my-pack==1)".to_owned(),
            format!("-e {}", work.path().display()),
        ]
    );
}

#[test]
fn editable_packages_in_a_repository() {
    let site = Site::new();
    let work = Site::new();
    let dir = work.path().display().to_string();
    work.file("sub/pyproject.toml", "");
    site.package("b_c-1.dist-info", "b-c", "1");
    let url = format!(r#"{{"url": "file://{dir}/sub", "dir_info": {{"editable": true}}}}"#);
    site.file("b_c-1.dist-info/direct_url.json", &url);
    work.file(".git/HEAD", "ref: refs/heads/main\n");
    work.file(".git/objects/x", "");
    let remote = "# Editable Git install with no remote (b-c==1)";
    assert_eq!(site.freeze(), [remote, &format!("-e {dir}/sub")]);

    work.file(".git/config", "[remote \"origin\"]\n\turl = git@h.org:x/y.git\n");
    let unknown = "## !! Could not determine repository location";
    assert_eq!(site.freeze(), [unknown, &format!("-e {dir}/sub")]);

    let commit = "0123456789012345678901234567890123456789";
    let line = format!("-e git+ssh://git@h.org/x/y.git@{commit}#egg=b_c&subdirectory=sub");
    work.file(".git/packed-refs", &format!("# pack-refs\n{commit} refs/heads/main\n"));
    assert_eq!(site.freeze(), [&*line]);
    work.file(".git/HEAD", commit);
    assert_eq!(site.freeze(), [&*line]);

    // A work tree has its own HEAD and the rest of the main one.
    let tree = Site::new();
    tree.file("pyproject.toml", "");
    tree.file(".git", &format!("gitdir: {dir}/.git/worktrees/t\n"));
    work.file(".git/worktrees/t/HEAD", "ref: refs/heads/main\n");
    work.file(".git/worktrees/t/commondir", "../..\n");
    let url = format!(
        r#"{{"url": "file://{}", "dir_info": {{"editable": true}}}}"#,
        tree.path().display()
    );
    site.file("b_c-1.dist-info/direct_url.json", &url);
    assert_eq!(site.freeze(), [line.replace("&subdirectory=sub", "")]);
}

#[test]
fn folders_that_cannot_be_read_are_empty() {
    let facts =
        Facts { sys_path: vec!["/no/such".into(), "/etc/passwd".into()], ..Facts::default() };
    assert_eq!(freeze(&facts, None, Path::new("/")), [] as [&str; 0]);
}
