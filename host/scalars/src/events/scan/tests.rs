//! What is read here against what the messages say.

use proptest::prelude::*;
use prost::encoding::encode_varint;

use super::super::message::{Number, Summary, Value};
use super::*;

/// Tags, bits of the values and steps; `None` is an error.
type Found = Option<Vec<(String, u64, i64)>>;

fn here(data: &[u8]) -> Found {
    let mut all = Vec::new();
    let mut found = |tag: &str, value: f64, step| all.push((tag.into(), value.to_bits(), step));
    scalars(data, &mut found).ok().map(|()| all)
}

fn by_message(data: &[u8]) -> Found {
    let event = Event::decode(data).ok()?;
    let values = event.summary.unwrap_or_default().value.into_iter();
    let all = values.filter_map(|value| {
        let number = value.number.as_ref()?.value()?;
        Some((value.tag, number.to_bits(), event.step))
    });
    Some(all.collect())
}

fn is_plain(data: &[u8]) -> bool {
    plain(data, &mut |_, _| {}).is_some()
}

fn simple(tags: &[&str], step: i64) -> Vec<u8> {
    let number = Some(Number::Simple(0.1));
    let values = tags.iter().map(|tag| Value { tag: tag.to_string(), number: number.clone() });
    let summary = Some(Summary { value: values.collect() });
    Event { step, file_version: None, summary }.encode_to_vec()
}

fn field(number: u32, kind: WireType, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode_varint(key(number, kind), &mut out);
    if kind == WireType::LengthDelimited {
        encode_varint(content.len() as u64, &mut out);
    }
    [&out, content].concat()
}

#[test]
fn usual_events_are_plain() {
    let (fixed, long) = (WireType::SixtyFourBit, WireType::LengthDelimited);
    for step in [0, 1, 127, 128, i64::MAX, -1] {
        // TensorBoard's have a time and what shows them.
        let mut data = field(1, fixed, &1.5e9f64.to_le_bytes());
        data.extend(simple(&["loss", "größe", ""], step));
        data.extend(field(5, long, &field(1, long, &field(9, long, b"plugin"))));
        data.extend(field(5, long, &simple(&["acc"], 0)[2..]));
        assert!(is_plain(&data) && here(&data) == by_message(&data));
        let tags: Vec<_> = here(&data).unwrap().into_iter().map(|(tag, ..)| tag).collect();
        assert_eq!(tags, ["loss", "größe", "", "acc"]);
    }
    assert!(is_plain(b"\x1a\x0dbrain.Event:2") && is_plain(b""));
}

/// An event as TensorFlow 2 writes it.
fn with_tensor(tensors: &[&[u8]]) -> Vec<u8> {
    let long = WireType::LengthDelimited;
    let mut value = [field(1, long, b"loss"), field(9, long, b"\x0a\x09\x0a\x07scalars")].concat();
    tensors.iter().for_each(|tensor| value.extend(field(8, long, tensor)));
    [b"\x10\x03", &field(5, long, &field(1, long, &value))[..]].concat()
}

#[test]
fn tensors_are_plain_unless_in_parts() {
    let found = |value: f64| Some(vec![("loss".to_string(), value.to_bits(), 3)]);
    for (tensor, expected) in [
        (&b"\x08\x01\x12\0\x22\x04\0\0\xc0\x3f"[..], found(1.5)),
        (b"\x08\x01\x12\x04\x12\x02\x08\x01\x2d\0\0\xc0\x3f", found(1.5)),
        (b"\x08\x02\x32\x08\0\0\0\0\0\0\xf8\x3f", found(1.5)),
        (b"\x08\x01\x12\x04\x12\x02\x08\x02\x2d\0\0\xc0\x3f", Some(vec![])),
        (b"\x08\x01\x12\x04\x12\x02\x08\x02\x12\0\x2d\0\0\xc0\x3f", Some(vec![])),
        (b"\x08\x07\x42\x05bytes", Some(vec![])),
    ] {
        let data = with_tensor(&[tensor]);
        assert!(is_plain(&data), "{tensor:x?}");
        assert_eq!((here(&data), by_message(&data)), (expected.clone(), expected));
    }
    let parts = with_tensor(&[b"\x08\x01", b"\x2d\0\0\xc0\x3f"]);
    assert!(!is_plain(&parts));
    assert_eq!((here(&parts), by_message(&parts)), (found(1.5), found(1.5)));
}

#[test]
fn of_a_damaged_event_nothing_is_given() {
    let long = WireType::LengthDelimited;
    for damage in [
        vec![0x80],
        vec![0x07],
        vec![0x00, 0],
        vec![0x15, 0, 0, 0, 0],
        with_tensor(&[b"\x12\x02\x10\x01"]),
        field(3, long, b"\xff"),
        field(5, long, &field(1, long, &field(1, long, b"\xff"))),
        field(5, long, &field(1, long, b"\x12\0")),
        field(5, long, b"\x0a\x02\x0a\0\0"),
    ] {
        let data = [simple(&["a", "b"], 1), damage].concat();
        let mut found = |_: &str, _, _| panic!("{data:x?}");
        assert!(scalars(&data, &mut found).is_err());
        assert_eq!(by_message(&data), None);
    }
}

#[test]
fn groups_may_be_as_deep_as_in_messages() {
    let long = WireType::LengthDelimited;
    let mut ends = Vec::new();
    for depth in 94..104 {
        let groups = [[0x4b].repeat(depth), [0x4c].repeat(depth)].concat();
        let value = field(5, long, &field(1, long, &groups));
        for data in [groups.clone(), field(5, long, &groups), value] {
            let data = [simple(&["a"], 1), data].concat();
            assert_eq!(here(&data), by_message(&data), "{depth}");
            ends.push(here(&data).is_some());
        }
    }
    assert!(ends.contains(&true) && ends.contains(&false));
}

/// Numbers as they are written, and longer than need be.
fn varints() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![4 => 0..3u64, 1 => any::<u64>(), 1 => 120..300u64];
    (number, prop_oneof![9 => Just(0), 1 => 1..10usize]).prop_map(|(number, more)| {
        let mut out = Vec::new();
        encode_varint(number, &mut out);
        for _ in 0..more {
            *out.last_mut().unwrap() |= 0x80;
            out.push(0);
        }
        out
    })
}

/// A field with its right content, at each depth: event, summary, value, tensor, shape, dimension.
fn right(depth: usize) -> BoxedStrategy<(u32, WireType, Vec<u8>)> {
    use WireType::{LengthDelimited, SixtyFourBit, ThirtyTwoBit, Varint};
    let number = |number| varints().prop_map(move |bytes| (number, Varint, bytes));
    let text = |number| "[aü]{0,2}".prop_map(move |text| (number, LengthDelimited, text.into()));
    let long =
        move |number| message(depth + 1).prop_map(move |bytes| (number, LengthDelimited, bytes));
    let fixed = |number, kind, size| {
        prop::collection::vec(any::<u8>(), size).prop_map(move |bytes| (number, kind, bytes))
    };
    match depth {
        0 => prop_oneof![number(2), text(3), long(5), long(5)].boxed(),
        1 => long(1).boxed(),
        2 => {
            let simple = fixed(2, ThirtyTwoBit, 4);
            prop_oneof![3 => text(1), 2 => simple, 3 => long(8)].boxed()
        }
        3 => prop_oneof![
            number(1),
            long(2),
            fixed(4, LengthDelimited, 4),
            fixed(4, LengthDelimited, 8),
            fixed(5, ThirtyTwoBit, 4),
            fixed(5, LengthDelimited, 4),
            fixed(6, SixtyFourBit, 8),
        ]
        .boxed(),
        4 => long(2).boxed(),
        _ => number(1).boxed(),
    }
}

/// Any field with any content.
fn wrong() -> impl Strategy<Value = (u32, WireType, Vec<u8>)> {
    let kind = (0..6u64).prop_map(|kind| WireType::try_from(kind).unwrap());
    let any = prop::collection::vec(any::<u8>(), 0..9);
    let group = Just(vec![0x43, 0x10, 0x01, 0x44, 0x3c]);
    (0..10u32, kind, prop_oneof![any, varints(), group])
}

fn message(depth: usize) -> BoxedStrategy<Vec<u8>> {
    let one = prop_oneof![if depth < 3 { 60 } else { 15 } => right(depth), 1 => wrong()];
    let fields = one.prop_map(|(number, kind, content)| field(number, kind, &content));
    prop::collection::vec(fields, 0..4).prop_map(|fields| fields.concat()).boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn any_bytes_are_read_as_the_messages_are(data in prop::collection::vec(any::<u8>(), 0..40)) {
        prop_assert_eq!(here(&data), by_message(&data));
    }

    #[test]
    fn any_tensors_are_read_as_the_messages_are(dtype in 1..3u8, rest in message(3)) {
        let data = with_tensor(&[&[&[8, dtype], &rest[..]].concat()]);
        prop_assert_eq!(here(&data), by_message(&data));
    }

    #[test]
    fn any_fields_are_read_as_the_messages_are(
        data in message(0),
        at in any::<prop::sample::Index>(),
        flip in prop_oneof![Just(0u8), Just(1), any::<u8>()],
        cut in prop_oneof![4 => Just(false), 1 => Just(true)],
    ) {
        prop_assert_eq!(here(&data), by_message(&data));
        let (mut damaged, at) = (data.clone(), at.index(data.len() + 1));
        if let Some(byte) = damaged.get_mut(at) {
            *byte ^= flip;
        }
        if cut {
            damaged.truncate(at);
        }
        prop_assert_eq!(here(&damaged), by_message(&damaged));
    }
}
