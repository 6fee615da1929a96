use super::*;
use guild_plugin_api::Map;
use proptest::prelude::*;

/// What lines give: names, numbers and steps.
fn found(config: &Value, flags: &[&str], lines: &[&str]) -> Vec<(String, f32, i64)> {
    let mut patterns = Patterns::new(config, flags).unwrap();
    let mut all = Vec::new();
    for line in lines {
        patterns.line(line.as_bytes(), |s| all.push((s.tag.to_string(), s.value, s.step)));
    }
    all
}

fn by_default(lines: &[&str]) -> Vec<(String, f32, i64)> {
    found(&Value::Null, &[], lines)
}

fn warnings(config: Value, line: &str) -> Vec<String> {
    let mut patterns = Patterns::new(&config, [""; 0]).unwrap();
    for _ in 0..2 {
        patterns.line(line.as_bytes(), |_| {});
    }
    patterns.take_warnings()
}

fn one(tag: &str, value: f32, step: i64) -> (String, f32, i64) {
    (tag.into(), value, step)
}

#[test]
fn names_and_numbers() {
    assert_eq!(
        by_default(&["loss: 1.5\n", "val/acc:\t-2e-3  \r\n", "a:b: 1", "x: .5", "y: 7 (best)"]),
        [
            one("loss", 1.5, 0),
            one("val/acc", -0.002, 0),
            one("a:b", 1.0, 0),
            one("x", 0.5, 0),
            one("y", 7.0, 0)
        ]
    );
    assert!(
        by_default(&[
            "",
            "loss",
            "loss:1",
            "loss : 1",
            " loss: 1",
            ": 1",
            "loss: 1 2",
            "loss: e",
            "loss: 1-",
            "loss: +1",
            "loss: nan",
            "loss: 1 (",
            "loss: 1(a)",
            "the loss: 1",
            "loss: 1 (a) b",
        ])
        .is_empty()
    );
}

#[test]
fn steps_stay_until_the_next() {
    let lines =
        ["a: 1", "step: 4", "a: 2", "b: 3 (step 7)", "a: 4", "c: 5 (8)", "step: -2.9", "a: 6"];
    let steps: Vec<_> = by_default(&lines).into_iter().map(|(_, _, step)| step).collect();
    assert_eq!(steps, [0, 4, 7, 7, 8, -2]);
    // Also at the end of a line that is no scalar.
    assert_eq!(by_default(&["epoch loss: 1 (step 5)", "a: 1"]), [one("a", 1.0, 5)]);
    // The line's own number wins over the one in parentheses.
    assert_eq!(by_default(&["step: 3 (step 9)", "a: 1"]), [one("a", 1.0, 3)]);
}

#[test]
fn a_step_that_is_no_64_bit_number_is_passed_over() {
    let lines = ["step: 3", "step: 1e999", "step: 1e30", "a: 1", "step: 9.2e18", "a: 1"];
    let steps: Vec<_> = by_default(&lines).into_iter().map(|(_, _, step)| step).collect();
    assert_eq!(steps, [3, 9_200_000_000_000_000_000]);
}

#[test]
fn of_a_progress_bar_the_end_counts() {
    let bar = " 10%|#  | 1/3\r 66%|## | 2/3";
    assert_eq!(by_default(&[&format!("\r{bar}\rloss: 0.5\r\n")]), [one("loss", 0.5, 0)]);
    assert_eq!(by_default(&[&format!("loss: 0.5\r{bar}\n")]), []);
    // A configured pattern looks at all of it, and the last that it finds counts.
    let config = Value::str(r"(loss)=(\value)");
    assert_eq!(found(&config, &[], &["10% loss=2\r20% loss=1"]), [one("loss", 1.0, 0)]);
}

#[test]
fn flags_are_left_out_by_default_only() {
    assert_eq!(found(&Value::Null, &["lr"], &["lr: 1", "a: 2"]), [one("a", 2.0, 0)]);
    let config = Value::str(r"(\key): (\value)");
    assert_eq!(found(&config, &["lr"], &["lr: 1"]), [one("lr", 1.0, 0)]);
    // A flag named step still tells the step.
    assert_eq!(found(&Value::Null, &["step"], &["step: 1", "a: 2"]), [one("a", 2.0, 1)]);
}

#[test]
fn bytes_that_are_no_text_are_passed_over() {
    let mut patterns = Patterns::new(&Value::Null, [""; 0]).unwrap();
    let mut tags = Vec::new();
    patterns.line(b"lo\xffss\xc3: 1\x80\n", |s| tags.push((s.tag.to_string(), s.value)));
    patterns.line("ä: 2\u{a0}".as_bytes(), |s| tags.push((s.tag.to_string(), s.value)));
    assert_eq!(tags, [("loss".to_string(), 1.0), ("ä".to_string(), 2.0)]);
}

#[test]
fn disabled() {
    assert!(Patterns::new(&Value::Bool(false), [""; 0]).is_none());
    assert!(Patterns::new(&Value::List(vec![]), [""; 0]).is_none());
    assert!(Patterns::new(&Value::Map(Map::new()), [""; 0]).is_some());
}

#[test]
fn configured_patterns() {
    let map: Map = [("loss", r"loss=(\value)"), ("step", r"epoch (\step)")].into_iter().collect();
    let lines = ["epoch 3 loss=0.5", "loss=1 loss=2"];
    assert_eq!(found(&map.into(), &[], &lines), [one("loss", 0.5, 3), one("loss", 2.0, 3)]);
    let named = Value::str(r"(?P<step>\d+): (?P<b>\S+) (?P<a>\S+)");
    assert_eq!(found(&named, &[], &["7: 1 2"]), [one("a", 2.0, 7), one("b", 1.0, 7)]);
    let pair = Value::str(r"(?P<_val>\S+) is (?P<_key>\w+)(?P<rest>.*)");
    assert_eq!(found(&pair, &[], &["0.5 is loss 3"]), [one("loss", 0.5, 0)]);
    let two = Value::from(vec![r"(\w+)=(\S+)"]);
    assert_eq!(
        found(&two, &[], &["b=1_0 a=inf c=x b=+2"]),
        [one("a", f32::INFINITY, 0), one("b", 2.0, 0)]
    );
    assert_eq!(found(&Value::str(r"(\d+)"), &[], &["1 2"]), [one("", 2.0, 0)]);
    assert_eq!(found(&Value::str(r"(?<=: )(\d)(?!\d)"), &[], &["a: 1 b: 22"]), [one("", 1.0, 0)]);
}

#[test]
fn what_is_wrong_is_told_once() {
    assert_eq!(
        warnings(Value::str("loss: ("), "loss: 1"),
        ["error compiling pattern loss: (: missing ), unterminated subpattern at position 6"]
    );
    assert_eq!(
        warnings(Value::str("loss"), "loss: 1"),
        ["bad unnamed group count 0 for 'loss' (expected 1 or 2) skipping"]
    );
    assert!(warnings(Value::str("loss"), "acc: 1").is_empty());
    assert_eq!(warnings(Value::from(vec![Value::Int(1)]), ""), ["invalid item config: 1"]);
    let map: Map = [("a", Value::Null)].into_iter().collect();
    assert_eq!(warnings(map.into(), ""), ["invalid output scalar pattern: None"]);
    assert_eq!(
        warnings(Value::Bool(true), ""),
        ["invalid output-scalars True: expected a mapping, list, string, or false"]
    );
    let slow = warnings(Value::str(r"(?=(a+)+$)(x)"), &("a".repeat(60) + "b"));
    assert!(slow.len() <= 1, "{slow:?}");
}

/// Lines that the default patterns nearly find.
fn line() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "loss", "step", "a:b", ":", ": ", ":\t", ":\u{a0}", " ", "  ", "\t", "\r", "\u{1c}", "1",
        "-2.5", "1e-3", "e", ".", "..", "(", ")", " (", " (step ", "(step", "step ", "(step\t",
        "3)", " (3)", "é", "(x)", "nan", "+1", "٣", "\u{85}",
    ]);
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_default_patterns_are_found_without_regular_expressions(
        lines in prop::collection::vec(line(), 1..4)
    ) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let spelled_out = Value::from(DEFAULT.to_vec());
        let end = |line: &&'_ str| line.trim_end_matches(is_space).rsplit('\r').next().map(String::from);
        let ends: Vec<String> = lines.iter().filter_map(end).collect();
        let ends: Vec<&str> = ends.iter().map(String::as_str).collect();
        prop_assert_eq!(by_default(&lines), found(&spelled_out, &[], &ends));
    }

    #[test]
    fn any_pattern_and_line(pattern in r"[a-z0-9()\[\]{}|?*+.^$\\<>=!:,#P&~-]{0,12}", line in ".*") {
        found(&Value::str(pattern), &[], &[&line]);
    }
}
