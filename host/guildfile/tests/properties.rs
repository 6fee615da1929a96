//! Whatever is in a Guild file, reading it ends in a file or an error, and a file that is read can
//! be used.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use guild_guildfile::{
    Guildfile, Options, SourceRules, default_optimizer, import_flags, optimizers,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const KEYS: [&str; 53] = [
    "allow-other-flags",
    "model",
    "config",
    "package",
    "include",
    "operations",
    "flags",
    "extends",
    "params",
    "exec",
    "main",
    "notebook",
    "steps",
    "description",
    "flags-dest",
    "flags-import",
    "flags-import-skip",
    "default",
    "label",
    "tags",
    "objective",
    "compare",
    "output-scalars",
    "sourcecode",
    "env",
    "plugins",
    "python-requires",
    "python-path",
    "optimizers",
    "optimizer",
    "algorithm",
    "requires",
    "resource",
    "resources",
    "sources",
    "file",
    "url",
    "rename",
    "select",
    "publish",
    "files",
    "operation-defaults",
    "choices",
    "value",
    "alias",
    "arg-encoding",
    "root",
    "exclude",
    "dir",
    "$include",
    "a",
    "b",
    "x",
];

const TEXTS: [&str; 16] = [
    "a",
    "b",
    "m",
    "",
    "a:b",
    ":a",
    "a#x",
    "a/b",
    "[a, b]",
    "[",
    "{{x}}",
    "{{a}}{{x}}",
    "{{ x",
    "é\u{1f600}",
    "a 'b",
    "[[]]",
];

fn values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-3..3i64).prop_map(Json::from),
        Just(json!(0.5)),
        prop::sample::select(&TEXTS[..]).prop_map(Json::from),
    ];
    leaf.prop_recursive(7, 80, 6, |inner| {
        let key = prop_oneof![prop::sample::select(&KEYS[..]), prop::sample::select(&TEXTS[..])];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((key, inner), 0..6)
                .prop_map(|map| map.into_iter().map(|(k, v)| (k.to_string(), v)).collect()),
        ]
    })
}

/// A file with operations that are whatever they are.
fn files() -> impl Strategy<Value = Json> {
    let item = |(name, operation, rest): (usize, Json, Json)| {
        let mut item = json!({ "model": TEXTS[name], "operations": {"a": operation} });
        if let (Json::Object(item), Json::Object(rest)) = (&mut item, rest) {
            item.extend(rest.into_iter().filter(|(k, _)| k != "config" && k != "package"));
        }
        item
    };
    let items = prop::collection::vec((0..6usize, values(), values()).prop_map(item), 1..4);
    prop_oneof![values(), items.prop_map(Json::from)]
}

fn read(text: &str) {
    let path = Path::new("/nowhere/at-all/guild.yml");
    let mut file = match Guildfile::from_text(text, path, &Options::new().source_types(["x"])) {
        Ok(file) => file,
        Err(e) => {
            assert!(e.to_string().starts_with("error in /nowhere/at-all/guild.yml: "), "{e}");
            return;
        }
    };
    for spec in TEXTS {
        if let Err(e) = file.lookup(spec) {
            assert!(!e.to_string().is_empty() && !e.hint().is_empty());
        }
    }
    assert!(file.default_operation().is_none() || file.default_model().is_some());
    for model in &mut file.models {
        for (name, op) in model.operations.clone() {
            SourceRules::for_op(model, &op).unwrap();
            default_optimizer(&optimizers(&name, &op).unwrap());
            let mut found = op.flags.clone();
            found.insert("found".into(), Default::default());
            import_flags(model.operations.get_mut(&name).unwrap(), found);
            // What goes to plugins comes back.
            let text = serde_json::to_string(&op).unwrap();
            assert_eq!(serde_json::from_str::<guild_plugin_api::model::OpDef>(&text).unwrap(), op);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_tree(file in files()) {
        read(&file.to_string());
    }

    #[test]
    fn any_text(text in "([a-z$:{}\\[\\], #'\"&*!|>%\n-]|operations|flags|model: |\n  ){0,60}") {
        read(&text);
    }
}

/// What grows without end is refused, and soon.
#[test]
fn bombs() {
    let chain = |n: usize, each: &dyn Fn(usize) -> String| (0..n).map(each).collect::<String>();
    let twice = chain(60, &|i| format!("- config: c{i}\n  extends: [c{0}, c{0}]\n", i + 1));
    let deep = chain(5000, &|i| format!("- config: c{i}\n  extends: c{}\n", i + 1));
    let includes = chain(5000, &|i| format!("- config: c{i}\n  flags: {{$include: c{}}}\n", i + 1));
    let params = chain(60, &|i| format!("    p{i}: '{{{{p{0}}}}}{{{{p{0}}}}}'\n", i + 1));
    let itself = "- model: m\n  params: {a: '{{a}}{{a}}'}\n".to_string();
    let shared = format!(
        "- model: m\n  params: {{a: '{}'}}\n  extra: [{}]\n",
        "x".repeat(100_000),
        "'{{a}}', ".repeat(10_000)
    );
    for (text, what) in [
        (format!("{twice}- config: c60\n- model: m\n  extends: c0\n"), "too much data"),
        (format!("{deep}- config: c5000\n- model: m\n  extends: c0\n"), "nested too deep"),
        (
            format!("{includes}- model: m\n  operations: {{a: {{flags: {{$include: c0}}}}}}\n"),
            "nested too deep",
        ),
        (format!("- model: m\n  params:\n{params}    p60: x\n"), "too much data"),
        (itself, "too much data"),
        (shared, "too much data"),
    ] {
        let file = Guildfile::from_text(&text, Path::new("/p/guild.yml"), &Options::new());
        let message = file.unwrap_err().to_string();
        assert!(message.contains(what), "{message}");
    }
}

/// What is deep, but not too deep, is read; what is deeper is refused before the stack ends.
#[test]
fn depths() {
    let nest = |open: &str, close: &str| format!("{}{}", open.repeat(480), close.repeat(480));
    let (lists, maps) = (nest("[", "]"), nest("{a: ", "}"));
    let text = format!(
        "- config: c\n  extra: {maps}\n- model: m\n  params: {{a: 1}}\n  extends: c\n  extra: {maps}\n  \
         references: {lists}\n  operations: {{a: {{flags: {{x: {{default: {lists}}}}}}}}}\n"
    );
    let path = Path::new("/p/guild.yml");
    assert!(Guildfile::from_text(&text, path, &Options::new()).is_ok());
    for deep in [&lists, &maps] {
        let text = format!("- what: {deep}\n");
        assert!(Guildfile::from_text(&text, path, &Options::new()).is_err());
    }
    let dir = tempfile::tempdir().unwrap();
    let write = |name: String, text: String| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    for i in 0..1100 {
        write(format!("{i}.yml"), format!("- include: {}.yml\n", i + 1));
        write(format!("p{i}/guild.yml"), format!("- model: m\n  extends: p{}/m\n", i + 1));
    }
    let options = Options::new().package_path([dir.path().to_owned()]);
    let limit = |name: &str| {
        let e = Guildfile::for_file(&dir.path().join(name), &options).unwrap_err();
        assert_eq!(e.kind, guild_guildfile::ErrorKind::Limit, "{e}");
    };
    limit("0.yml");
    limit("p0/guild.yml");
}
