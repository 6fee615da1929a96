//! Event files that the oracle writes and we read, and the other way round.

use std::path::Path;

use guild_scalars::events::EventWriter;
use guild_scalars::summary::for_run;
use serde_json::{Value as Json, json};

use super::{Dice, ask};

fn bits(value: f64) -> String {
    if value.is_nan() { "nan".into() } else { format!("{:016x}", value.to_bits()) }
}

/// Our summary in the oracle's form.
fn ours(run: &Path) -> Json {
    let rows = for_run(run).into_iter().map(|s| {
        let mut row = vec![json!(s.prefix), json!(s.tag)];
        for point in [s.first, s.last, s.min, s.max] {
            row.extend([json!(bits(point.value)), json!(point.step)]);
        }
        row.extend([json!(bits(s.avg())), json!(bits(s.total)), json!(s.count)]);
        json!(row)
    });
    rows.collect()
}

const TAGS: [&str; 7] = ["loss", "acc", "train/loss", "sys/cpu", "", "é", "a b"];
const KINDS: [&str; 9] =
    ["simple", "v2", "double", "content", "vector", "text", "int", "image", "pair"];

fn number(dice: &mut Dice) -> f64 {
    let n = dice.below(2_000_000);
    (n as f64 - 1_000_000.0) / 997.0
}

#[test]
fn like_the_oracle() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: String| home.path().join(name);
    let mut dice = Dice(0xe4e);
    let (mut write, mut guild_write, mut runs) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..40 {
        let run_dir = at(format!("run{run}"));
        for file in 0..1 + dice.below(4) {
            let dir =
                run_dir.join(*dice.pick(&[&"", &".guild", &"logs/train", &"logs", &".hidden"]));
            std::fs::create_dir_all(&dir).unwrap();
            let scalars: Vec<Json> = (0..dice.below(30))
                .map(|i| {
                    let step =
                        if dice.below(3) == 0 { dice.below(50) as i64 - 10 } else { i as i64 };
                    let (tag, value) = (dice.pick(&TAGS.map(|t| t)), number(&mut dice));
                    json!([dice.pick(&KINDS), tag, value, step])
                })
                .collect();
            match (run + file) % 4 {
                // Read by both, written by us.
                0 => {
                    let mut writer = EventWriter::new(&dir);
                    for scalar in &scalars {
                        let value = scalar[2].as_f64().unwrap() as f32;
                        let value =
                            *dice.pick(&[&value, &value, &f32::INFINITY, &f32::MIN_POSITIVE]);
                        let step = scalar[3].as_i64().unwrap();
                        writer.add(scalar[1].as_str().unwrap(), value, step).unwrap();
                    }
                }
                1 => {
                    let scalars: Vec<_> =
                        scalars.iter().map(|s| json!([s[1], s[2], s[3]])).collect();
                    guild_write.push(json!({ "dir": dir, "scalars": scalars }));
                }
                _ => {
                    let cut = if dice.below(3) == 0 { dice.below(60) } else { 0 };
                    write.push(json!({ "dir": dir, "scalars": scalars, "cut": cut }));
                }
            }
        }
        runs.push(run_dir);
    }
    // NaN first, in the middle and last.
    for (i, values) in
        [[f32::NAN, 1.0, 2.0], [1.0, f32::NAN, 2.0], [1.0, 2.0, f32::NAN]].iter().enumerate()
    {
        let run_dir = at(format!("nan{i}"));
        let mut writer = EventWriter::new(&run_dir);
        for (step, value) in values.iter().enumerate() {
            writer.add("a", *value, step as i64).unwrap();
            writer.add("zero", -0.0, i64::MIN + step as i64).unwrap();
        }
        runs.push(run_dir);
    }
    // Things that are no events.
    let odd = at("odd".into());
    drop(EventWriter::new(&odd).add("a", 1.0, 1));
    for (name, bytes) in [
        ("a.tfevents.1", &b"garbage"[..]),
        ("b.tfevents.2", b""),
        ("tfevents.3", &[0; 100]),
        ("c.tfevents.profile-empty", b"x"),
        ("notes.txt", b"x"),
    ] {
        std::fs::write(odd.join(name), bytes).unwrap();
    }
    runs.push(odd);
    let request = json!({ "write": write, "guild_write": guild_write, "runs": runs });
    let Some(answer) = ask(request) else { return };
    let theirs = answer["scalars"].as_array().unwrap();
    let mut count = 0;
    for (run, theirs) in runs.iter().zip(theirs) {
        assert_eq!(&ours(run), theirs, "{}", run.display());
        count += theirs.as_array().unwrap().len();
    }
    eprintln!("{} runs alike, {count} scalars", runs.len());
    assert!(count > 300);
}
