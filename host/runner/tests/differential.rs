//! The same children under Guild AI 0.9.0's `RunOutput` and under ours. Skipped where there is no
//! reference environment: `GUILD_ORACLE` names its Python or its folder, by default
//! `~/.cache/guild-oracle`.

#![allow(clippy::unwrap_used, reason = "a test's preparations may fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use guild_runner::{Error, OutputFiles, Spec, Stream, run};

/// Runs what each folder's `script` says, and leaves the same files there as `ours`.
const ORACLE: &str = r#"
import os, subprocess, sys
from guild import op_util
class Run:
    def __init__(self, dir): self.dir = dir
    def guild_path(self, name): return os.path.join(self.dir, name)
class Lines:
    def __init__(self): self.lines = []
    def write(self, line): self.lines.append(repr(line))
    def close(self): pass
for dir in sys.argv[1:]:
    def put(name, text):
        with open(os.path.join(dir, name), "w") as f: f.write(text)
    args = open(os.path.join(dir, "args")).read().split("\n")
    env = {"PATH": open(os.path.join(dir, "path")).read()}
    try:
        p = subprocess.Popen(args, cwd=dir, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as e:
        put("end", str(e))
        continue
    lines = Lines()
    output = op_util.RunOutput(Run(dir), True, lines)
    output.open(p)
    code = p.wait()
    output.wait_and_close()
    put("end", str(code))
    put("lines", "\n".join(lines.lines))
"#;

fn oracle() -> Option<PathBuf> {
    let python = match std::env::var_os("GUILD_ORACLE").map(PathBuf::from) {
        Some(path) if path.is_dir() => path.join("bin/python3.11"),
        Some(path) => path,
        None => PathBuf::from(std::env::var_os("HOME")?).join(".cache/guild-oracle/bin/python3.11"),
    };
    python.exists().then_some(python)
}

/// Bytes as Python's `repr` of `bytes`.
fn repr(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut text = format!("b{quote}");
    for b in bytes {
        match b {
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b if char::from(*b) == quote => text.push_str(&format!("\\{quote}")),
            b' '..=b'~' => text.push(char::from(*b)),
            b => text.push_str(&format!("\\x{b:02x}")),
        }
    }
    text.push(quote);
    text
}

fn ours(dir: &Path, args: &[&str], path: &str) {
    let mut lines = Vec::new();
    let mut on_line = |line: &[u8], _: Stream| lines.push(repr(line));
    let mut spec = Spec::new(args[0], dir);
    spec.args = args[1..].iter().map(Into::into).collect();
    spec.env = vec![("PATH".into(), path.into())];
    spec.output = Some(OutputFiles::in_dir(dir));
    spec.quiet = true;
    spec.on_line = Some(&mut on_line);
    match run(spec) {
        Ok(exit) => {
            fs::write(dir.join("end"), exit.exit_status().to_string()).unwrap();
            fs::write(dir.join("lines"), lines.join("\n")).unwrap();
        }
        Err(Error::Start { text, .. }) => fs::write(dir.join("end"), text).unwrap(),
        Err(error) => panic!("{error}"),
    }
}

/// What both leave: the end, the output, the index without its times, the lines.
fn left(dir: &Path) -> (String, Vec<u8>, Option<Vec<u8>>, String) {
    let bytes = |name| fs::read(dir.join(name)).unwrap_or_default();
    let text = |name| String::from_utf8(bytes(name)).unwrap().replace(dir.to_str().unwrap(), "DIR");
    let index = fs::read(dir.join("output.index")).ok();
    let streams = index.map(|index| {
        assert_eq!(index.len() % 9, 0);
        for entry in index.chunks(9) {
            let millis = u64::from_be_bytes(entry[..8].try_into().unwrap());
            assert!((1_600_000_000_000..4_000_000_000_000).contains(&millis));
        }
        index.chunks(9).map(|entry| entry[8]).collect()
    });
    (text("end"), bytes("output"), streams, text("lines"))
}

#[test]
fn like_the_oracle() {
    let Some(python) = oracle() else {
        eprintln!("skipped: no reference environment (GUILD_ORACLE)");
        return;
    };
    let sh = |script: &'static str| vec!["/bin/sh", "-c", script];
    let path = std::env::var("PATH").unwrap();
    let cases = [
        sh("echo a; sleep .05; echo b >&2; sleep .05; echo c"),
        sh("printf 'no newline'"),
        sh("printf 'a\\nno newline' >&2; exit 7"),
        sh("printf '\\001\\002'"),
        sh("printf 'a\\000b\\010\\nc\\001'; printf '\\n\\n\\007\\n'"),
        sh("printf 'bar 1\\rbar 2\\rbar 3\\r\\n'"),
        sh("printf '\\377\\376\\200 \"q\"\\n\\t\\013\\014 it'\"'\"'s\\n'"),
        sh("seq 1 20000"),
        sh("seq 1 20000 | tr '\\n' '\\t'; seq 1 3"),
        sh(":"),
        sh("exit 1"),
        sh("exit 255"),
        sh("kill -9 $$"),
        sh("kill -15 $$"),
        sh("echo x; kill -2 $$"),
        sh("(sleep .2; echo late) & echo first"),
        sh("exec >&- 2>&-; sleep .1; exit 4"),
        vec!["nosuch"],
        vec!["./nosuch", "x"],
        vec!["./it's"],
        vec!["./it's \"it\""],
        vec!["./tab\tand\\"],
        vec!["./plain"],
        vec!["./plain/x"],
        vec!["./text"],
        vec!["./orphan"],
        vec!["."],
        vec![""],
        vec!["env", "echo", "x"],
    ];
    let home = tempfile::tempdir().unwrap();
    let mut folders = Vec::new();
    for (i, args) in cases.iter().enumerate() {
        let [theirs, mine] = ["theirs", "ours"].map(|who| {
            let dir = home.path().join(format!("{i}-{who}"));
            fs::create_dir(&dir).unwrap();
            fs::write(dir.join("args"), args.join("\n")).unwrap();
            fs::write(dir.join("path"), &path).unwrap();
            for (name, text, mode) in
                [("plain", "x", 0o644), ("text", "x", 0o755), ("orphan", "#!/no/such\n", 0o755)]
            {
                use std::os::unix::fs::PermissionsExt;
                fs::write(dir.join(name), text).unwrap();
                fs::set_permissions(dir.join(name), fs::Permissions::from_mode(mode)).unwrap();
            }
            dir
        });
        ours(&mine, args, &path);
        folders.push((theirs, mine));
    }
    let done = Command::new(python)
        .args(["-W", "ignore", "-c", ORACLE])
        .args(folders.iter().map(|(theirs, _)| theirs))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    for (args, (theirs, mine)) in cases.iter().zip(&folders) {
        assert_eq!(left(theirs), left(mine), "{args:?}");
    }
}
