#![allow(clippy::unwrap_used, reason = "a test may end here")]

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

/// The trials as JSON, or the error without the file's path.
fn read_text(name: &str, content: impl AsRef<[u8]>) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, content).unwrap();
    match read(&path) {
        Ok(trials) => serde_json::to_string(&trials).unwrap(),
        Err(Error::Unreadable { reason, .. }) => reason,
        Err(e) => e.to_string(),
    }
}

#[test]
fn tables() {
    for (content, expected) in [
        ("", "[]"),
        ("a,b\n", "[]"),
        ("a,b\n1,x\n1e-3,\"y, z\"\n", r#"[{"a":1,"b":"x"},{"a":0.001,"b":"y, z"}]"#),
        ("b,a\r\nyes,[1:3]\r\n,[1;2]", r#"[{"b":true,"a":"[1:3]"},{"b":"","a":["1;2"]}]"#),
        ("\u{feff}a\n\n1\n\n", r#"[{"a":1}]"#),
        ("a\n\"x\"\"y\"\n\"two\nlines\"\n", r#"[{"a":"x\"y"},{"a":"two lines"}]"#),
        ("a,b\n1\n2,\n", r#"[{"a":1},{"a":2,"b":""}]"#),
        ("a,b\n1,2,3\n", "expected 2 values, got 3 (line 2)"),
        ("a\n\n1,2\n", "expected 1 value, got 2 (line 3)"),
        ("a,a\n1,2\n", "flag 'a' has more than one column (line 1)"),
        ("a,\n1,2\n", "column 2 has no flag name (line 1)"),
    ] {
        assert_eq!(read_text("t.csv", content), expected, "{content}");
        assert_eq!(read_text("no-ending", content), expected, "{content}");
    }
    assert_eq!(read_text("T.CSV", b"a\n1\n\xff\n"), "text is not UTF-8 (line 3)");
}

#[test]
fn data() {
    let no_mappings = "invalid data type for trials: expected list or dict, got ";
    for (name, content, expected) in [
        ("t.yml", "- {a: 1, b: yes}\n- a: 1e-3\n", r#"[{"a":1,"b":true},{"a":0.001}]"#.to_string()),
        ("t.YAML", "a: [1, 2]\n1: x\n", r#"[{"a":[1,2],"1":"x"}]"#.into()),
        ("t.json", r#"[{"b": null, "a": "1"}]"#, r#"[{"b":null,"a":"1"}]"#.into()),
        ("t.json", "[\n\t{\"a\": \"\\ud83d\\ude00\"}\n]", "[{\"a\":\"\u{1f600}\"}]".into()),
        ("t.json", "[]", "[]".into()),
        ("t.yml", "", format!("{no_mappings}NoneType")),
        ("t.json", "1", format!("{no_mappings}int")),
        ("t.yml", "- 1\n- [2]\n", "invalid data type for trial 1: expected dict".into()),
        ("t.json", "[{]", "key must be a string at line 1 column 3".into()),
        ("t.txt", "a\n1\n", "unsupported extension".into()),
    ] {
        assert_eq!(read_text(name, content), expected, "{content}");
    }
    let wrong = read_text("t.yml", "- a: 1\n- b: [\n");
    assert!(wrong.ends_with("(line 3, column 1)"), "{wrong}");
    let long = read_text("t.yml", format!("- [{}]", "1, ".repeat(10_000)));
    assert!(long.len() < 200, "{long}");
}

#[test]
fn files_that_cannot_be_read() {
    let missing = PathBuf::from("/no/such/trials.csv");
    assert_eq!(
        read(&missing).unwrap_err().to_string(),
        "batch file /no/such/trials.csv does not exist"
    );
    let dir = tempfile::tempdir().unwrap();
    let e = read(dir.path()).unwrap_err().to_string();
    assert!(e.starts_with(&format!("cannot read trials for {}: ", dir.path().display())), "{e}");
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut bomb = "a: &a [1]\n".to_string();
    for i in 0..9 {
        let (name, last) = (char::from(b'b' + i), char::from(b'a' + i));
        let items = vec![format!("*{last}"); 9].join(", ");
        bomb.push_str(&format!("{name}: &{name} [{items}]\n"));
    }
    let refused = read_text("t.yml", bomb);
    assert!(refused.contains("line"), "{refused}");
    assert!(read_text("t.yml", "- &x {a: *x}\n").contains("line 1"));
}

#[test]
fn large_tables_and_cells() {
    let row = format!("0.1,adam,{}\n", "x".repeat(20));
    let rows = 1_000_000 / row.len();
    let trials = table::read(format!("lr,opt,note\n{}", row.repeat(rows)).as_bytes(), &mut vec![]);
    assert_eq!(trials.unwrap().len(), rows);
    let cell = "x".repeat(1_000_000);
    let trials = table::read(format!("a\n{cell}\n").as_bytes(), &mut vec![]).unwrap();
    assert_eq!(trials[0]["a"], cell.as_str().into());
}

proptest! {
    #[test]
    fn any_table_is_trials_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = table::read(&bytes, &mut vec![]);
    }

    #[test]
    fn any_cell_is_what_it_is_on_the_command_line(cell in "[^\r]{1,12}") {
        let quoted = format!("a\n\"{}\"\n", cell.replace('"', "\"\""));
        let trials = table::read(quoted.as_bytes(), &mut vec![]).unwrap();
        prop_assert_eq!(&trials[0]["a"], &crate::value::decode(&cell, None));
    }
}
