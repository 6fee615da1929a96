//! Our side: a Guild file in the form that `oracle.py` gives one.

use std::collections::BTreeMap;
use std::path::Path;

use guild_flags::shell;
use guild_flags::value::{is_true, python_float_repr, text};
use guild_guildfile::{
    ErrorKind, Guildfile, Model, Options, SourceRules, default_optimizer, import_flags, optimizers,
};
use guild_plugin_api::model::{FlagDef, Flags, OpDef};
use guild_plugin_api::{Map, Value};
use serde_json::{Value as Json, json};

pub fn answer(request: &Json) -> Json {
    let path = Path::new(request["path"].as_str().expect("a path"));
    let packages = request["packages"].as_array().into_iter().flatten();
    let options = Options::new()
        .package_path(packages.filter_map(|p| p.as_str()).map(Into::into))
        .source_types(["dvcfile", "dvcstage"]);
    let file = match request["text"].as_str() {
        Some(text) => Guildfile::from_text(text, path, &options),
        None => Guildfile::for_file(path, &options),
    };
    let mut file = match file {
        Ok(file) => file,
        Err(e) if e.kind == ErrorKind::Syntax => return json!({ "syntax": e.path }),
        Err(e) => return json!({ "error": e.to_string() }),
    };
    if request.get("import").is_some() {
        let found: Flags = serde_json::from_value(request["import"].clone()).expect("flags");
        for op in file.models.iter_mut().flat_map(|m| m.operations.values_mut()) {
            import_flags(op, found.clone());
        }
    }
    let specs = request["specs"].as_array().into_iter().flatten();
    let package = file.package.as_ref().map(|p| {
        json!({
            "name": p.name,
            "description": p.description.clone().unwrap_or_default(),
            "version": p.version,
            "requires": p.requires,
            "license": p.other.get("license").map(dump),
        })
    });
    // These say what 0.9.0 takes without a word, to break down over it later.
    let messages = file.warnings.iter().map(|w| &w.message);
    let ours_alone =
        |m: &String| ["invalid ", "undefined parameter "].iter().any(|w| m.starts_with(w));
    let warnings: Vec<_> = messages.filter(|m| !ours_alone(m)).collect();
    json!({ "ok": {
        "models": file.models.iter().map(model).collect::<Vec<_>>(),
        "package": package,
        "default-model": file.default_model().map(|m| &m.name),
        "warnings": warnings,
        "specs": specs.filter_map(|s| s.as_str()).map(|s| look_up(&file, s)).collect::<Vec<_>>(),
    }})
}

fn look_up(file: &Guildfile, spec: &str) -> Json {
    match file.lookup(spec) {
        Ok((model, op, _)) => json!({ "found": [model.name, op] }),
        Err(e) => json!({ "error": format!("{e}\n{}", e.hint()) }),
    }
}

pub fn dump(value: &Value) -> Json {
    match value {
        Value::Float(f) => json!({ "$float": python_float_repr(*f) }),
        Value::List(items) => items.iter().map(dump).collect(),
        Value::Map(map) => dump_map(map),
        other => serde_json::to_value(other).expect("a value"),
    }
}

fn dump_map(map: &Map) -> Json {
    if map.iter().all(|(k, _)| k.as_str().is_some_and(|k| !k.starts_with('$'))) {
        return map.iter().map(|(k, v)| (text(k), dump(v))).collect();
    }
    json!({ "$map": map.iter().map(|(k, v)| json!([dump(k), dump(v)])).collect::<Vec<_>>() })
}

fn select(value: &Value) -> Json {
    rules(&SourceRules::read(value).expect("checked"))
}

fn rules(found: &SourceRules) -> Json {
    let rules: Vec<_> =
        found.rules.iter().map(|r| json!([r.include, r.patterns, r.kind])).collect();
    json!({
        "disabled": found.disabled,
        "rules": rules,
        "root": found.root,
        "dest": found.dest,
        "digest": dump(&found.digest),
    })
}

fn others(map: &BTreeMap<String, Value>) -> Json {
    map.iter().map(|(k, v)| (k.clone(), dump(v))).collect()
}

fn flag((name, f): (&String, &FlagDef)) -> Json {
    let choices: Vec<_> = f
        .choices
        .iter()
        .map(|c| json!([dump(&c.value), dump(&c.alias), c.description, dump_map(&c.flags)]))
        .collect();
    json!({
        "name": name,
        "default": dump(&f.default),
        "description": f.description,
        "type": f.kind,
        "required": f.required,
        "alias": f.alias,
        "arg-name": f.arg_name,
        "arg-encoding": dump_map(&f.arg_encoding),
        "arg-skip": f.arg_skip,
        "arg-switch": dump(&f.arg_switch),
        "arg-split": dump(&f.arg_split),
        "choices": choices,
        "allow-other": f.allow_other,
        "env-name": f.env_name,
        "env-encoding": dump_map(&f.env_encoding),
        "null-label": dump(&f.null_label),
        "min": dump(&f.min),
        "max": dump(&f.max),
        "distribution": f.distribution,
        "extra": others(&f.other),
    })
}

fn op(model: &Model, name: &str, o: &OpDef) -> Json {
    let other = |attr: &str| o.other.get(attr).map(dump);
    let truth = |attr: &str| o.other.get(attr).is_some_and(is_true);
    let said = |attr: &str| o.other.get(attr).filter(|v| is_true(v));
    let main = match (said("main"), o.other.get("notebook")) {
        (Some(main), _) => Some(dump(main)),
        (None, Some(notebook)) => Some(json!(format!("guild.plugins.nbexec {}", text(notebook)))),
        (None, None) => None,
    };
    let exec = o.exec.as_ref().map(|exec| shell::split(exec).expect("a command"));
    let found = optimizers(name, o).expect("checked");
    let optimizers: Vec<_> =
        found.iter().map(|x| json!([x.name, x.algorithm, x.default, dump_map(&x.flags)])).collect();
    let mut with_model = SourceRules::for_op(model, o).expect("checked");
    with_model.digest = Value::Null;
    let publish = o.other.get("publish").and_then(|p| p.get("files")).cloned();
    json!({
        "name": name,
        "fullname": model.full_name(name),
        "default": truth("default"),
        "description": o.description.clone().unwrap_or_default(),
        "flags": o.flags.iter().map(flag).collect::<Vec<_>>(),
        "exec": exec,
        "main": main,
        "steps": other("steps"),
        "env": dump_map(&o.env),
        "plugins": o.plugins,
        "label": o.label,
        "tags": o.tags,
        "flags-dest": o.flags_dest,
        "python-requires": other("python-requires"),
        "stoppable": truth("stoppable"),
        "handle-keyboard-interrupt": truth("handle-keyboard-interrupt"),
        "default-flag-arg-skip": truth("default-flag-arg-skip"),
        "delete-on-success": truth("delete-on-success"),
        "can-stage-trials": truth("can-stage-trials"),
        "flags-import": other("flags-import"),
        "flags-import-skip": other("flags-import-skip"),
        "python-path": other("python-path"),
        "env-secrets": other("env-secrets"),
        "compare": other("compare"),
        "flag-encoder": other("flag-encoder"),
        "default-max-trials": other("default-max-trials"),
        "output-scalars": dump(&o.output_scalars),
        "objective": dump(&o.objective),
        "pip-freeze": other("pip-freeze"),
        "run-attrs": other("run-attrs"),
        "requires": other("requires"),
        "publish": select(&publish.unwrap_or_default()),
        "sourcecode": select(&o.sourcecode),
        "sourcecode-with-model": rules(&with_model),
        "optimizers": optimizers,
        "optimizer": default_optimizer(&found).map(|x| &x.name),
        "unknown": other("unknown"),
    })
}

fn model(m: &Model) -> Json {
    let or_empty =
        |attr: &str, empty: Json| m.other.get(attr).filter(|v| is_true(v)).map_or(empty, dump);
    let resource = |(name, data): (&String, &Value)| {
        // 0.9.0 takes a list for the sources of a resource.
        let data = match data {
            Value::List(_) => json!({ "sources": dump(data) }),
            other => dump(other),
        };
        json!([name, data])
    };
    json!({
        "name": m.name,
        "default": m.default,
        "description": m.description.clone().unwrap_or_default(),
        "operations": m.operations.iter().map(|(name, o)| op(m, name, o)).collect::<Vec<_>>(),
        "default-operation": m.default_operation().map(|(name, _)| name),
        "resources": m.resources.iter().map(resource).collect::<Vec<_>>(),
        "plugins": m.plugins,
        "extra": or_empty("extra", json!({})),
        "references": or_empty("references", json!([])),
        "sourcecode": select(&m.sourcecode),
        "python-requires": m.other.get("python-requires").map(dump),
    })
}
