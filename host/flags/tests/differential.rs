//! Compares with guildai 0.9.0 itself, case by case.
//!
//! The oracle is a Python with guildai 0.9.0: the one that `GUILD_ORACLE` names, or
//! `~/.cache/guild-oracle/bin/python3.11`. Without one, the tests say so and pass.
//! `GUILD_DIFFERENTIAL_SEED` looks elsewhere, `GUILD_DIFFERENTIAL_TIMES` so many times as long.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::type_complexity, reason = "a test")]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_wrap, reason = "made up numbers")]

#[path = "differential/cases.rs"]
mod cases;
#[path = "differential/oracle.rs"]
mod oracle;
#[path = "differential/words.rs"]
mod words;

use cases::{Random, times, wide_value};
use guild_flags::{assign, command, define, label, path, shell, value};
use guild_plugin_api::Value;
use guild_plugin_api::model::Flags;
use indexmap::IndexMap;
use oracle::compare;
use serde_json::{Value as Json, json};
use words::{KINDS, TIMES, WORDS};

/// The form in which values travel: floats as text, maps as pairs, so that neither side's JSON
/// loses a digit or an order.
fn wire(value: &Value) -> Json {
    match value {
        Value::Float(f) => json!({ "$float": value::python_float_repr(*f) }),
        Value::List(items) => items.iter().map(wire).collect(),
        Value::Map(map) => {
            let pairs: Vec<Json> = map.iter().map(|(k, v)| json!([wire(k), wire(v)])).collect();
            json!({ "$map": pairs })
        }
        other => serde_json::to_value(other).unwrap(),
    }
}

fn wire_pairs<'a>(pairs: impl IntoIterator<Item = (&'a String, &'a Value)>) -> Json {
    pairs.into_iter().map(|(name, value)| json!([name, wire(value)])).collect()
}

fn pairs(pairs: &[(String, Value)]) -> IndexMap<String, Value> {
    pairs.iter().cloned().collect()
}

/// Every word, and as many texts of pieces and sequence functions.
fn texts(random: &mut Random, count: usize) -> Vec<String> {
    let mut texts: Vec<String> = WORDS.iter().chain(TIMES).map(ToString::to_string).collect();
    for _ in 0..count {
        texts.push(match random.below(4) {
            0 => random.sequence(),
            1 => random.word() + &random.word(),
            n => random.text(4 * n),
        });
    }
    texts
}

#[test]
fn decode() {
    let random = &mut Random::of_test(1);
    let mut cases: Vec<(String, Option<&str>)> = Vec::new();
    for word in WORDS.iter().chain(TIMES) {
        cases.extend(KINDS.iter().map(|kind| (word.to_string(), *kind)));
    }
    for text in texts(random, times(6000)) {
        cases.push((text, *random.pick(&KINDS)));
    }
    for _ in 0..times(4000) {
        cases.push((random.sequence(), None));
    }
    compare(
        "decode",
        &cases,
        |(text, kind)| json!(["decode", text, kind]),
        |(text, kind)| Ok(wire(&value::decode(text, *kind))),
    );
    let texts = texts(random, times(4000));
    compare(
        "is_function",
        &texts,
        |text| json!(["is_function", text]),
        |text| Ok(value::is_function(&Value::str(text)).into()),
    );
}

fn values(random: &mut Random, count: usize) -> Vec<Value> {
    let mut values: Vec<Value> = WORDS.iter().map(|w| Value::str(*w)).collect();
    values.extend(WORDS.iter().map(|w| value::decode(w, None)));
    values.extend((0..count).map(|_| random.value(3)));
    values
}

#[test]
fn encode_and_format() {
    let values = values(&mut Random::of_test(2), times(6000));
    compare("encode", &values, |v| json!(["encode", wire(v)]), |v| Ok(value::encode(v).into()));
    for (floats, paths) in [(true, true), (false, true)] {
        compare(
            "format",
            &values,
            |v| json!(["format", wire(v), floats, paths]),
            |v| Ok(value::format(v, floats, paths).into()),
        );
    }
}

#[test]
fn texts_of_values() {
    let random = &mut Random::of_test(3);
    let values = values(random, times(8000));
    compare("text", &values, |v| json!(["text", wire(v)]), |v| Ok(value::text(v).into()));
    compare("pformat", &values, |v| json!(["pformat", wire(v)]), |v| Ok(value::pformat(v).into()));
    let wide: Vec<Value> = (0..times(1200)).map(|_| wide_value(random, 3)).collect();
    compare("pformat", &wide, |v| json!(["pformat", wire(v)]), |v| Ok(value::pformat(v).into()));
    let strings = texts(random, times(4000));
    compare("repr", &strings, |s| json!(["repr", s]), |s| Ok(value::repr(s).into()));
    compare("env_name", &strings, |s| json!(["env_name", s]), |s| Ok(command::env_name(s).into()));
    let pairs: Vec<(Value, Value)> =
        (0..times(4000)).map(|_| (random.value(1), random.value(1))).collect();
    compare(
        "same",
        &pairs,
        |(a, b)| json!(["same", wire(a), wire(b)]),
        |(a, b)| Ok(value::same(a, b).into()),
    );
}

#[test]
fn shell_lines() {
    let strings = texts(&mut Random::of_test(4), times(8000));
    compare("quote", &strings, |s| json!(["quote", s]), |s| Ok(json!(shell::quote(s))));
    compare(
        "quote_short",
        &strings,
        |s| json!(["quote_short", s]),
        |s| Ok(json!(shell::quote_short(s))),
    );
    // What the oracle cannot split is a crash to it; ours has to refuse it too.
    let whole: Vec<_> = strings.iter().filter(|s| shell::split(s).is_ok()).collect();
    compare("split", &whole, |s| json!(["split", s]), |s| Ok(json!(shell::split(s).unwrap())));
    let broken: Vec<Json> =
        strings.iter().filter(|s| shell::split(s).is_err()).map(|s| json!(["split", s])).collect();
    for (request, answer) in broken.iter().zip(oracle::ask(&broken).into_iter().flatten()) {
        assert!(matches!(answer, oracle::Answer::Crash), "{request}");
    }
}

#[test]
fn paths() {
    let random = &mut Random::of_test(5);
    let parts = ["", "a", "bb", "..", ".", "some-folder", "naïve", "file.with.a.long.name.csv"];
    let cases: Vec<(String, usize)> = (0..times(4000))
        .map(|_| {
            let path = (0..random.below(9)).map(|_| *random.pick(&parts)).collect::<Vec<_>>();
            (path.join("/"), random.below(40))
        })
        .collect();
    compare(
        "shorten_path",
        &cases,
        |(path, max)| json!(["shorten", path, max]),
        |(path, max)| Ok(value::shorten_path(path, *max).into()),
    );
    let relative: Vec<_> =
        cases.iter().filter(|(p, _)| !p.starts_with('/') && !p.is_empty()).collect();
    compare(
        "absolute",
        &relative,
        |(path, _)| json!(["normpath", path]),
        |(path, _)| Ok(path::absolute(path).into()),
    );
}

const NAMES: &[&str] = &["a", "b", "c", "lr", "a-b", "default_label", "x.y", "A"];

#[test]
fn labels() {
    let random = &mut Random::of_test(6);
    let filters = [
        "default",
        "default:x",
        "default:a b",
        "default:",
        "basename",
        "basename:x",
        "unquote",
        "huh",
        "huh:1",
        "%s",
        "%r",
        "%a",
        "%d",
        "%i",
        "%5d",
        "%-8dx",
        "%05d",
        "%+d",
        "% d",
        "%x",
        "%#x",
        "%X",
        "%o",
        "%#o",
        "%.3d",
        "%c",
        "%f",
        "%.2f",
        "%.0f",
        "%#.0f",
        "%010.3f",
        "%e",
        "%.3e",
        "%#.0e",
        "%E",
        "%g",
        "%.3g",
        "%.0g",
        "%#g",
        "%G",
        "%10.4g|",
        "%5.1s",
        "%-10s",
        "%%",
        "%",
        "%5",
        "%y",
        "%s%s",
        "%*d",
        "%.*f",
        "%(a)s",
        "%(a)d-%(b)s",
        "%ld",
        "%5%",
        "a %d",
        "",
    ];
    let cases: Vec<(Option<String>, Vec<(String, Value)>)> = (0..times(8000))
        .map(|_| {
            let flags = random.pairs(NAMES);
            if random.one_in(5) {
                return (None, flags);
            }
            let template = (0..random.below(4) + 1).map(|_| match random.below(6) {
                0 => random.text(4),
                1 => format!("${{{}}}", random.pick(NAMES)),
                _ => {
                    let filters: Vec<&str> =
                        (0..random.below(3) + 1).map(|_| *random.pick(&filters)).collect();
                    format!("${{{}|{}}}", random.pick(NAMES), filters.join("|"))
                }
            });
            (Some(template.collect()), flags)
        })
        .collect();
    compare(
        "label",
        &cases,
        |(template, flags)| {
            json!(["label", template, wire_pairs(flags.iter().map(|(n, v)| (n, v)))])
        },
        |(template, flags)| Ok(label::render_label(template.as_deref(), &pairs(flags)).into()),
    );
}

/// Definitions as a Guild file has them, in the form in which they travel.
fn definitions(random: &mut Random) -> Json {
    let mut defs = serde_json::Map::new();
    for _ in 0..random.below(5) {
        let mut def = serde_json::Map::new();
        let mut set = |name: &str, value: Json| def.insert(name.into(), value);
        if let Some(kind) = KINDS[random.below(KINDS.len())] {
            set("type", kind.into());
        }
        if random.one_in(2) {
            set("default", wire(&random.flag_value()));
        }
        if random.one_in(6) {
            set("alias", (*random.pick(NAMES)).into());
        }
        if random.one_in(6) {
            set(
                "arg-split",
                random
                    .pick(&[json!(true), json!("shlex"), json!(","), json!(" "), json!(1)])
                    .clone(),
            );
        }
        if random.one_in(6) {
            set("required", true.into());
            set("description", random.pick(&["", "What it is", "Two\nlines"]).to_string().into());
        }
        if random.one_in(5) {
            set("min", wire(&random.number()));
        }
        if random.one_in(5) {
            set("max", wire(&random.number()));
        }
        if random.one_in(4) {
            let mut choices: Vec<Json> = (0..random.below(4)).map(|_| choice(random)).collect();
            if choices.iter().all(|choice| choice["value"] == json!(true)) {
                // A flag that can be nothing but true refuses false, which 0.9.0 takes.
                choices.push(json!({ "value": "other" }));
            }
            set("choices", choices.into());
            if random.one_in(3) {
                set("allow-other", true.into());
            }
        }
        defs.insert((*random.pick(NAMES)).into(), def.into());
    }
    defs.into()
}

fn choice(random: &mut Random) -> Json {
    let mut choice = serde_json::Map::new();
    choice.insert("value".into(), wire(&random.choice_value()));
    if random.one_in(3) {
        choice.insert("alias".into(), wire(&random.choice_value()));
    }
    if random.one_in(3) {
        choice.insert("description".into(), "What it does".into());
    }
    if random.one_in(3) {
        let flags: Vec<Json> =
            random.pairs(NAMES).iter().map(|(n, v)| json!([n, wire(v)])).collect();
        choice.insert("flags".into(), json!({ "$map": flags }));
    }
    choice.into()
}

#[test]
fn flag_values() {
    let random = &mut Random::of_test(7);
    let cases: Vec<(Json, Vec<(String, Value)>, bool)> = (0..times(10_000))
        .map(|_| {
            let defs = definitions(random);
            let mut user = random.pairs(NAMES);
            if !random.one_in(4) {
                // Mostly flags that are there.
                user.retain(|(name, _)| defs.get(name).is_some());
            }
            for (_, value) in &mut user {
                if random.one_in(3) {
                    *value = random.choice_value();
                }
            }
            (defs, user, random.one_in(8))
        })
        .collect();
    compare(
        "flag_vals",
        &cases,
        |(defs, user, force)| {
            json!(["flag_vals", defs, wire_pairs(user.iter().map(|(n, v)| (n, v))), force])
        },
        |(defs, user, force)| {
            let defs: Flags = serde_json::from_value(defs.clone()).unwrap();
            match define::flag_vals(&defs, &pairs(user), *force) {
                Ok(values) => Ok(wire_pairs(&values)),
                Err(error) => Err(first_error(&error)),
            }
        },
    );
}

/// What the oracle would tell: the first error alone, and no suggestion.
fn first_error(error: &define::FlagError) -> String {
    let mut first = error.each()[0].clone();
    if let define::FlagError::NoSuchFlag { near, .. } = &mut first {
        *near = None;
    }
    first.render("train")
}

#[test]
fn assignments() {
    let random = &mut Random::of_test(8);
    let cases: Vec<(Vec<String>, Option<Json>)> = (0..times(4000))
        .map(|_| {
            let args = (0..random.below(4)).map(|_| match random.below(5) {
                0 => random.text(5),
                _ => format!("{}={}", random.pick(NAMES), random.word()),
            });
            (args.collect(), (!random.one_in(3)).then(|| definitions(random)))
        })
        .collect();
    compare(
        "assigns",
        &cases,
        |(args, defs)| json!(["assigns", args, defs]),
        |(args, defs)| {
            let defs: Option<Flags> = defs.clone().map(|d| serde_json::from_value(d).unwrap());
            let (values, errors) = assign::parse_assigns(args, defs.as_ref());
            let errors = errors.into_result().err().map(|e| e.to_string());
            Ok(json!([wire_pairs(&values), errors]))
        },
    );
}

/// A command, in the form in which it travels.
fn command_data(random: &mut Random) -> Value {
    let arg = |random: &mut Random| match random.below(8) {
        0 => random.text(5),
        1 => format!("--{}", random.pick(NAMES)),
        2 | 3 => format!("x${{{}}}", random.pick(&["a", "b", "exe", "lr", "none"])),
        4 => format!("\\${{{}}}${{exe}}", random.pick(NAMES)),
        5 => "${exe}".into(),
        _ => "__flag_args__".into(),
    };
    let dest = ["args", "globals", "global:p", "dict:p", "namespace:p", "config:x.yml", "globalsx"];
    let mut data = guild_plugin_api::Map::new();
    let mut args: Vec<String> = (0..random.below(4)).map(|_| arg(random)).collect();
    args.push("__flag_args__".into());
    data.insert("cmd-args", args);
    let mut env = guild_plugin_api::Map::new();
    for _ in 0..random.below(3) {
        let value = if random.one_in(2) { Value::Str(arg(random)) } else { random.scalar() };
        env.insert((*random.pick(NAMES)).to_string(), value);
    }
    data.insert("cmd-env", env);
    let mut flags = guild_plugin_api::Map::new();
    for name in NAMES {
        if !random.one_in(4) {
            flags.insert(*name, command_flag(random));
        }
    }
    data.insert("cmd-flags", flags);
    data.insert("flags-dest", *random.pick(&dest));
    data.into()
}

fn command_flag(random: &mut Random) -> Value {
    let mut flag = guild_plugin_api::Map::new();
    let mut set = |random: &mut Random, name: &str, n: usize, of: &[Value]| {
        if random.one_in(n) {
            flag.insert(name, random.pick(of).clone());
        }
    };
    let encoding = |pairs: &[(Value, &str)]| Value::Map(pairs.iter().cloned().collect());
    let encodings = [
        encoding(&[(true.into(), "on"), (0.into(), "zero")]),
        encoding(&[(Value::Null, "nil"), ("foo".into(), "FOO"), (1.0.into(), "one")]),
    ];
    let splits = [true.into(), "shlex".into(), ",".into(), " ".into(), Value::Null];
    set(random, "arg-name", 6, &["x".into(), "a".into(), Value::Null]);
    set(random, "arg-skip", 8, &[true.into(), false.into()]);
    set(random, "arg-switch", 6, &[true.into(), false.into(), 1.into(), "foo".into(), Value::Null]);
    set(random, "arg-split", 4, &splits);
    set(random, "env-name", 6, &["X".into(), Value::Null]);
    set(random, "arg-encoding", 5, &encodings);
    set(random, "env-encoding", 5, &encodings);
    flag.into()
}

#[test]
fn commands() {
    let random = &mut Random::of_test(9);
    let cases: Vec<(Value, Vec<(String, Value)>, bool)> = (0..times(6000))
        .map(|_| (command_data(random), random.pairs(NAMES), random.one_in(4)))
        .collect();
    compare(
        "op_data",
        &cases[..2000],
        |(data, ..)| json!(["op_data", wire(data)]),
        |(data, ..)| Ok(wire(&command::OpCmd::from_value(data).unwrap().to_value())),
    );
    let params: IndexMap<String, String> =
        [("exe".to_string(), "prog".to_string()), ("lr".to_string(), "<${a}>".to_string())].into();
    compare(
        "generate",
        &cases,
        |(data, flags, force)| {
            let flags = wire_pairs(flags.iter().map(|(n, v)| (n, v)));
            json!(["generate", wire(data), flags, params, force])
        },
        |(data, flags, force)| {
            let cmd = command::OpCmd::from_value(data).map_err(|e| e.to_string())?;
            let (args, env, warnings) = command::generate(&cmd, &pairs(flags), &params, *force)
                .map_err(|e| e.to_string())?;
            let args: Vec<_> = args.iter().map(|arg| bare(arg)).collect();
            Ok(json!([args, env.iter().collect::<Vec<_>>(), warnings]))
        },
    );
}

/// An argument as 0.9.0 has it: without the quotes around a text that looks like another argument,
/// which we add and it lacks.
fn bare(arg: &str) -> String {
    let inner = arg.strip_prefix('\'').and_then(|a| a.strip_suffix('\''));
    let text = inner.map(|i| i.replace("''", "'"));
    let quoted_by_us = |t: &String| guild_yaml::encode_flow(&Value::Str(t.clone())) == *t;
    text.filter(|t| t.starts_with('-') && quoted_by_us(t)).unwrap_or_else(|| arg.into())
}
