//! What holds for every value and every text.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use guild_plugin_api::{Map, Value};
use guild_yaml::{
    decode, decode_bytes, encode, encode_flow, encode_strict, python_float_repr, resolve_plain,
};
use proptest::prelude::*;

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        "-?[1-9][0-9]{19,60}".prop_map(|digits| match digits.parse() {
            Ok(i) => Value::Int(i),
            Err(_) => Value::BigInt(digits),
        }),
        any::<f64>().prop_map(Value::Float),
        "[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])".prop_map(Value::Time),
        any::<String>().prop_map(Value::Str),
        "[-+:.,?!#&*|>%@`'\"\\[\\]{}\\\\ \t\n=~a0e_éy\u{85}\u{2028}\u{feff}]{0,12}"
            .prop_map(Value::Str),
        "([a-z\"' ]{1,9} ){5,30}".prop_map(Value::Str),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            prop::collection::vec((any::<String>(), inner), 0..6).prop_map(|entries| {
                let mut map = Map::new();
                for (key, value) in entries {
                    map.insert(key, value);
                }
                Value::Map(map)
            }),
        ]
    })
}

/// The value with the keys of its maps in order, as text, so that NaN equals itself.
fn shown(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::List(items) => Value::List(items.iter().map(sorted).collect()),
            Value::Map(map) => {
                let mut entries: Vec<_> =
                    map.iter().map(|(k, v)| (k.as_str().map(String::from), sorted(v))).collect();
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                Value::Map(entries.into_iter().map(|(k, v)| (Value::from(k), v)).collect())
            }
            other => other.clone(),
        }
    }
    format!("{:?}", sorted(value))
}

/// Python's `repr` by the definition: as many digits as the shortest text needs, correctly rounded.
fn float_by_definition(number: f64) -> String {
    let shortest = format!("{number:e}");
    let digits = shortest.split('e').next().unwrap().bytes().filter(u8::is_ascii_digit).count();
    let rounded = format!("{number:.*e}", digits - 1);
    let text = if rounded.parse() == Ok(number) { rounded } else { shortest };
    let (mantissa, exponent) = text.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    let decimals = digits as i32 - 1 - exponent;
    format!("{number:.*}", decimals.max(1) as usize)
}

fn same_float(number: f64) {
    assert_eq!(python_float_repr(number), float_by_definition(number), "{:#x}", number.to_bits());
}

#[test]
fn floats_at_every_edge_are_written_as_python_does() {
    let edges = (-330..310).map(|e| format!("1e{e}").parse().unwrap());
    let powers = (0..0x7ff).map(|exponent: u64| f64::from_bits(exponent << 52));
    let given =
        [0.0, 123_456_789_012_345_680.0, 10_293_942_005_418_346.0 / 8.0, f64::MAX, 0.5, 0.1 + 0.2];
    for number in edges.chain(powers).chain(given).chain((1..2000).map(f64::from_bits)) {
        for near in [number.next_down(), number, number.next_up()] {
            if near.is_finite() {
                same_float(near);
                same_float(-near);
            }
        }
    }
    for (number, text) in [(f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf"), (-f64::NAN, "nan")]
    {
        assert_eq!(python_float_repr(number), text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(value in value()) {
        for text in [encode(&value), encode_flow(&value), encode_strict(&value)] {
            prop_assert!(text.is_ascii());
            match decode(&text) {
                Ok(back) => prop_assert_eq!(shown(&back), shown(&value), "{}", text),
                Err(e) => prop_assert!(false, "{e}: {text}"),
            }
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let _ = decode(&text);
        let _ = resolve_plain(&text);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>()) {
        let _ = decode_bytes(&bytes);
    }

    #[test]
    fn errors_are_one_line_and_inside_the_text(
        text in "([-?:,\\[\\]{}#&*!|>'\"%@` \t\n\r\\\\~a1=<é]|- |\n  |: |!!|!a|, ){0,40}",
    ) {
        if let Err(e) = decode(&text) {
            prop_assert!(!e.to_string().contains('\n'));
            prop_assert_ne!(&e.message, "the YAML scanner failed");
            prop_assert!(e.line >= 1 && e.column >= 1);
        }
    }

    #[test]
    fn a_plain_scalar_alone_is_a_document(text in "[-+.0-9a-fxoXE_:]{1,12}") {
        let Ok(value) = decode(&text) else { return Ok(()) };
        if !matches!(value, Value::List(_) | Value::Map(_)) && !text.ends_with(':') {
            prop_assert_eq!(shown(&value), shown(&resolve_plain(&text)));
        }
    }

    #[test]
    fn floats_are_written_as_python_does(
        bits in any::<u64>(), mantissa in 0u64..1 << 53, places in 0i32..20, eighths in 0u64..1 << 53,
    ) {
        // All kinds, decimals as people write them, and halves between two shortest texts.
        let decimal = format!("{mantissa}e-{places}").parse().unwrap();
        for number in [f64::from_bits(bits), decimal, eighths as f64 / 8.0] {
            if number.is_finite() {
                same_float(number);
            }
        }
    }
}
