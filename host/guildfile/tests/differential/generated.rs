//! Guild files made by chance: mostly sound, with something wrong here and there. They are JSON,
//! which is YAML.

use serde_json::{Map, Value as Json, json};

/// Chance that comes out the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.roll(of.len())]
    }
}

const NAMES: [&str; 8] = ["a", "b", "ab", "net", "_hidden", "train", "test", "big-net"];
const FLAGS: [&str; 5] = ["lr", "l", "epochs", "x", "name"];

/// The `seed`-th file.
pub fn file(seed: u64) -> Json {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..8 {
        dice.roll(2);
    }
    let dice = &mut dice;
    if dice.chance(20) {
        return operations(dice);
    }
    let count = 1 + dice.roll(4);
    Json::Array((0..count).map(|i| item(dice, i)).collect())
}

fn junk(dice: &mut Dice) -> Json {
    match dice.roll(9) {
        0 => Json::Null,
        1 => json!(true),
        2 => json!(false),
        3 => json!(dice.roll(3)),
        4 => json!(0.5),
        5 => json!(""),
        6 => json!([]),
        7 => json!({}),
        _ => json!(["a", 1]),
    }
}

fn scalar(dice: &mut Dice) -> Json {
    match dice.roll(9) {
        0 => Json::Null,
        1 => json!(true),
        2 => json!(dice.roll(100)),
        3 => json!(1e-5),
        4 => json!("{{p}}"),
        5 => json!("{{ q }}-{{p}}-{{none}}"),
        6 => json!([1, "b"]),
        7 => json!("2020-01-02"),
        _ => json!("text"),
    }
}

/// An attribute and what makes its value.
type Attr = (&'static str, fn(&mut Dice) -> Json);

/// Fills a mapping with some of `attrs`, now and then with junk.
fn mapping(dice: &mut Dice, percent: usize, attrs: &[Attr]) -> Json {
    let mut map = Map::new();
    for (name, make) in attrs {
        if dice.chance(percent) {
            let value = if dice.chance(1) { junk(dice) } else { make(dice) };
            map.insert((*name).into(), value);
        }
    }
    Json::Object(map)
}

fn item(dice: &mut Dice, index: usize) -> Json {
    let mut item = mapping(
        dice,
        30,
        &[
            ("operations", operations),
            ("description", |_| json!(" some\n text ")),
            ("flags", flags),
            ("params", params),
            ("default", |d| json!(d.chance(50))),
            (
                "extends",
                |d| if d.chance(60) { json!([]) } else { names(d, &["a", "m0", "m1", "c"]) },
            ),
            ("operation-defaults", operation),
            ("resources", resources),
            ("sourcecode", sourcecode),
            ("plugins", |d| names(d, &["p", "q"])),
            ("python-requires", |_| json!(">=3.6")),
            ("extra", |_| json!({"x": [1, "{{p}}"]})),
            ("references", |_| json!(["https://example.com"])),
        ],
    );
    let kind = dice.pick(&["model", "model", "model", "config", "config", "package", ""]);
    let name = match dice.roll(3) {
        0 => dice.pick(&["a", "b", "c", ""]).to_string(),
        _ => format!("m{index}"),
    };
    if let Json::Object(item) = &mut item {
        match kind {
            "" => {}
            kind => drop(item.insert(kind.into(), json!(name))),
        }
    }
    item
}

fn names(dice: &mut Dice, of: &[&str]) -> Json {
    match dice.roll(4) {
        0 | 1 => json!(dice.pick(of)),
        2 => json!([dice.pick(of), dice.pick(of)]),
        _ => json!(format!("[{}]", dice.pick(of))),
    }
}

/// None that grow without end, over which the oracle would brood for minutes.
fn params(dice: &mut Dice) -> Json {
    let p = match scalar(dice) {
        Json::String(s) if s.contains("{{") => json!("{{q}}"),
        other => other,
    };
    let mutual = p == json!("{{q}}");
    let q = dice.pick(&["q", "{{p}}", "{{q}}", "{{p}}{{p}}"]);
    json!({ "p": p, "q": if mutual && q.len() > 5 { "{{p}}" } else { q } })
}

fn operations(dice: &mut Dice) -> Json {
    let mut map = Map::new();
    for _ in 0..1 + dice.roll(3) {
        let name = dice.pick(&NAMES);
        map.insert(name.into(), if dice.chance(2) { junk(dice) } else { operation(dice) });
    }
    if dice.chance(10) {
        map.insert("$include".into(), reference(dice));
    }
    Json::Object(map)
}

fn operation(dice: &mut Dice) -> Json {
    if dice.chance(15) {
        return json!("main module --{{p}}");
    }
    mapping(
        dice,
        12,
        &[
            ("exec", |d| if d.chance(30) { json!(["a", "b c"]) } else { json!("a 'b c' ${x}") }),
            ("main", |_| json!("m --y {{p}}")),
            ("notebook", |_| json!("n.ipynb")),
            ("steps", |d| json!(["a", {"run": "b", "flags": flags(d)}])),
            ("description", |_| json!("\n d\n")),
            ("flags", flags),
            ("flags", flags),
            ("flags-dest", |_| json!("globals")),
            ("flags-import", |d| if d.chance(50) { json!("all") } else { json!(["a", "b"]) }),
            ("flags-import-skip", |_| json!(["a"])),
            ("default", |d| json!(d.chance(50))),
            ("default-flag-arg-skip", |_| json!(true)),
            ("label", |_| json!("${x} {{p}}")),
            ("tags", |d| names(d, &["t", "u"])),
            ("objective", |_| json!({"maximize": "acc"})),
            ("compare", |_| json!(["loss"])),
            ("output-scalars", |d| {
                d.pick(&[&json!(false), &json!("s"), &json!({"a": "b"}), &json!(["s"])]).clone()
            }),
            ("sourcecode", sourcecode),
            ("env", |d| json!({"A": scalar(d)})),
            ("env-secrets", |_| json!(["S"])),
            ("plugins", |d| if d.chance(20) { json!(false) } else { names(d, &["p", "q"]) }),
            ("python-requires", |_| json!("3.9")),
            ("python-path", |d| names(d, &["p", "q"])),
            ("pip-freeze", |d| json!(d.chance(50))),
            (
                "optimizers",
                |d| json!({"z": {"algorithm": "gp", "default": d.chance(50)}, "a": "b"}),
            ),
            ("optimizer", |d| names(d, &["gp"])),
            ("default-max-trials", |_| json!(5)),
            ("can-stage-trials", |_| json!(true)),
            ("delete-on-success", |_| json!(true)),
            ("stoppable", |_| json!(true)),
            ("handle-keyboard-interrupt", |_| json!(true)),
            ("run-attrs", |_| json!({"a": 1})),
            ("requires", requires),
            ("publish", |d| json!({"files": sourcecode(d), "template": "t"})),
            ("unknown", |_| json!([1, {"x": "{{p}}"}])),
        ],
    )
}

fn reference(dice: &mut Dice) -> Json {
    let of = [
        "a",
        "b",
        "c",
        "m0",
        "m1",
        ":train",
        "a:train",
        "m0:test",
        "a#lr",
        "m0#lr,epochs",
        "b:train#x",
        "m1:a#l",
    ];
    names(dice, &of)
}

fn flags(dice: &mut Dice) -> Json {
    let mut map = Map::new();
    for _ in 0..dice.roll(4) {
        let name = dice.pick(&FLAGS);
        map.insert(name.into(), if dice.chance(50) { scalar(dice) } else { flag(dice) });
    }
    if dice.chance(15) {
        map.insert("$include".into(), reference(dice));
    }
    Json::Object(map)
}

fn flag(dice: &mut Dice) -> Json {
    mapping(
        dice,
        20,
        &[
            ("default", scalar),
            ("description", |_| json!("about {{p}}\n")),
            ("type", |d| json!(d.pick(&["int", "float", "string", "path"]))),
            ("required", |d| json!(d.chance(50))),
            ("alias", |_| json!("other")),
            ("arg-name", |_| json!("an-arg")),
            ("arg-encoding", |_| json!({"a": "b"})),
            ("arg-skip", |d| json!(d.chance(50))),
            ("arg-switch", scalar),
            ("arg-split", |d| if d.chance(50) { json!(true) } else { json!(",") }),
            (
                "choices",
                |d| json!([scalar(d), {"value": scalar(d), "alias": "x", "flags": {"l": 1}}, {"value": 1}]),
            ),
            ("allow-other", |_| json!(true)),
            ("env-name", |_| json!("ENV")),
            ("env-encoding", |_| json!({"a": 1})),
            ("null-label", scalar),
            ("min", |_| json!(1)),
            ("max", |_| json!(2.5)),
            ("distribution", |_| json!("log-uniform")),
            ("unheard-of", scalar),
        ],
    )
}

fn sourcecode(dice: &mut Dice) -> Json {
    match dice.roll(7) {
        0 => json!(false),
        1 => json!("*.txt"),
        2 => json!(["a", "b/*"]),
        3 => json!(["a", {"exclude": "b"}, {"include": {"text": ["c", 1]}}]),
        4 => json!([{"exclude": {"dir": "d"}}]),
        5 => json!({"root": "..", "dest": "src", "select": sourcecode(dice)}),
        _ => json!({"digest": false, "odd": 1, "b": 2}),
    }
}

fn requires(dice: &mut Dice) -> Json {
    match dice.roll(4) {
        0 => json!("res"),
        1 => json!([{"resource": "a:res"}, source(dice)]),
        2 => json!({"sources": [source(dice), "f"], "name": "n", "target-path": "t", "path": "p"}),
        _ => source(dice),
    }
}

fn resources(dice: &mut Dice) -> Json {
    json!({ "res": [source(dice)], "other": {"sources": [source(dice), "file"], "path": "d"} })
}

fn source(dice: &mut Dice) -> Json {
    if dice.chance(10) {
        return json!({ "dvcfile": "f" });
    }
    let mut source = mapping(
        dice,
        12,
        &[
            ("name", |_| json!("n")),
            ("select", |d| names(d, &["s"])),
            ("rename", |_| json!("a b")),
            ("target-path", |_| json!("t")),
            ("path", |_| json!("p")),
            ("unpack", |_| json!(false)),
            ("odd-one", |_| json!(1)),
        ],
    );
    if let Json::Object(source) = &mut source {
        let kinds = ["file", "file", "url", "operation", "config", "module"];
        let count = if dice.chance(2) { dice.roll(3) } else { 1 };
        for _ in 0..count {
            source.insert(dice.pick(&kinds).into(), json!("x"));
        }
    }
    source
}
