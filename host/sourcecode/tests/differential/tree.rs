//! Projects to copy source code from.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::oracle::git;

/// A folder in which a project grows.
pub struct Tree {
    root: tempfile::TempDir,
}

impl Tree {
    pub fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    pub fn dir(&self) -> &Path {
        self.root.path()
    }

    pub fn file(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Files that hold their own paths.
    pub fn files(&self, paths: &[&str]) -> &Self {
        for path in paths {
            self.file(path, format!("{path}\n"));
        }
        self
    }

    pub fn mode(&self, path: &str, mode: u32) -> &Self {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    pub fn link(&self, path: &str, target: &str) -> &Self {
        symlink(target, self.path(path)).unwrap();
        self
    }

    pub fn git(&self, args: &[&str]) -> &Self {
        git(self.dir(), args);
        self
    }

    /// Commits all that is not ignored.
    pub fn commit(&self) -> &Self {
        self.git(&["add", "--all"]).git(&["commit", "--allow-empty", "-m", "all"])
    }
}

/// What a machine learning project without version control holds.
pub fn plain() -> Tree {
    let tree = Tree::new();
    tree.files(&[
        "train.py",
        "README.md",
        "data.csv",
        "Makefile",
        "conf/a.yml",
        "conf/deep/er/b.json",
        "lib.a/x.py",
        "lib/x.py",
        "name with space.py",
        "it's.py",
        "quote\".py",
        "back\\slash.py",
        "dollar$.py",
        "é.py",
        "ünï/日本.txt",
        ".hidden",
        ".hidden-dir/x.py",
        "venv/bin/activate",
        "venv/lib/x.py",
        "sub/env/Scripts/activate",
        "sub/env/x.py",
        "build/x.py",
        "src/build/x.py",
        "dist/x.py",
        "pkg.egg-info/PKG-INFO",
        "__pycache__/x.py",
        "nocopy/.guild-nocopy",
        "nocopy/x.py",
        "nocopy/deep/x.py",
        "Z.py",
        "a-b.py",
        "a/b.py",
        "a.py",
    ]);
    tree.file("empty", "").file("empty.py", "");
    tree.file("latin-1", b"caf\xe9 cr\xe8me\n").file("utf16", b"\xff\xfeh\0i\0\n\0");
    tree.file("zeros.py", [0; 3000]).file("picture.png", b"\x89PNG\r\n\x1a\n\0\0");
    tree.file("model.pkl", b"\x80\x04\x95\0").file("run.sh", "#!/bin/sh\n").mode("run.sh", 0o755);
    tree.file("read-only.py", "x = 1\n").mode("read-only.py", 0o444).mode("a.py", 0o600);
    tree.link("link.py", "train.py").link("linked-conf", "conf").link("lib/up.py", "../train.py");
    tree
}

/// Files around the size limit, text and not.
pub fn big() -> Tree {
    let tree = Tree::new();
    let limit = 1024 * 1024;
    tree.file("at-limit.txt", vec![b'a'; limit]);
    tree.file("above.txt", vec![b'a'; limit + 1]);
    tree.file("sub/far above.csv", vec![b'a'; limit * 2]);
    tree.file("above.bin", vec![b'a'; limit + 1]);
    tree.file("train.py", "pass\n");
    tree
}

/// More files than are copied.
pub fn many() -> Tree {
    let tree = Tree::new();
    for at in 0..150 {
        let folder = ["", "a/", "b/c/"][at % 3];
        tree.file(&format!("{folder}file-{at}.py"), format!("x = {at}\n"));
        tree.file(&format!("{folder}file-{at}.png"), "");
    }
    tree
}

/// A repository with files in all states.
pub fn repository() -> Tree {
    let tree = Tree::new();
    tree.git(&["init"]);
    tree.files(&[
        "train.py",
        "model.bin",
        "deleted.py",
        "modified.py",
        "tracked.log",
        "sub/a.py",
        "sub/kept.tmp",
        "data/raw.csv",
        "src/data/loader.py",
        "with space/x.py",
        "é.py",
        ".hidden/x.py",
        "build/x.py",
        "nocopy/.guild-nocopy",
        "nocopy/x.py",
    ]);
    tree.file("run.sh", "#!/bin/sh\n").mode("run.sh", 0o755);
    tree.link("link.py", "train.py").link("linked", "sub");
    tree.file(".gitignore", "*.log\n/out\n__pycache__\n*.cache\n");
    tree.git(&["add", "--all", "--force"]).git(&["commit", "-m", "first"]);
    tree.file("sub/.gitignore", "*.tmp\n!kept.tmp\n");
    tree.files(&[
        "x.log",
        "untracked.py",
        "sub/untracked.py",
        "sub/x.tmp",
        "out/x.py",
        "sub/out/x.py",
        "sub/deep/x.cache",
        "all-ignored/x.cache",
        "all-ignored/y.cache",
        "__pycache__/x.pyc",
        "sub/__pycache__/x.pyc",
        ".guild/runs/1/x.py",
        "excluded/x.py",
    ]);
    tree.file(".git/info/exclude", "excluded\n");
    tree.file("modified.py", "changed\n");
    fs::remove_file(tree.path("deleted.py")).unwrap();
    tree
}

/// A repository in which nothing has changed since the last commit.
pub fn unchanged() -> Tree {
    let tree = Tree::new();
    tree.git(&["init"]).files(&["train.py", "sub/a.py", "other/b.py"]).commit();
    // One that has nothing to do with `sub`.
    tree.files(&["other/c.py"]).commit();
    tree
}

/// A repository without a commit.
pub fn uncommitted() -> Tree {
    let tree = Tree::new();
    tree.git(&["init"]).files(&["train.py", "x.tmp"]).file(".gitignore", "*.tmp\n");
    tree
}

/// A repository with a submodule, another repository within, a worktree, and `.guildignore`.
pub fn nested() -> (Tree, Tree) {
    let tree = unchanged();
    let other = unchanged();
    let url = other.dir().to_str().unwrap();
    tree.git(&["submodule", "add", url, "module"]).commit();
    git(tree.dir(), &["init", "within"]);
    tree.files(&["within/a.py", "notes/a.py", "notes/b.ipynb", "a.ipynb", "worktree-not/a.py"]);
    tree.file(".guildignore", "# Notebooks\n\n  *.ipynb  \n/worktree\nnot *\n");
    tree.files(&["not this.py", "this.py"]);
    tree.git(&["worktree", "add", "worktree"]);
    (tree, other)
}
