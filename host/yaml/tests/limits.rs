//! Documents made to exhaust the reader.

use std::time::{Duration, Instant};

use guild_plugin_api::Value;
use guild_yaml::{Error, decode, encode};

fn refused(text: &str) -> Error {
    let start = Instant::now();
    let error = decode(text).expect_err("the document is to be refused");
    assert!(start.elapsed() < Duration::from_secs(10), "{error}");
    error
}

#[test]
fn deep_nesting_is_an_error() {
    let n = 100_000;
    for text in [
        "[".repeat(n),
        "[\n".repeat(n),
        "{a: ".repeat(n),
        "- ".repeat(n),
        "? ".repeat(n),
        "[{".repeat(n),
        format!("{}{}", "[".repeat(n), "]".repeat(n)),
    ] {
        assert_eq!(refused(&text).message, "collections are nested too deeply");
    }
    let deep = format!("{}{}", "[".repeat(490), "]".repeat(490));
    let value = decode(&deep).expect("PyYAML reads this too");
    assert_eq!(encode(&value), format!("{}[]", "- ".repeat(489)));
}

#[test]
fn a_chain_of_aliases_is_as_deep_as_it_looks() {
    let mut text = String::from("- &a0 [x]\n");
    for i in 1..10_000 {
        text.push_str(&format!("- &a{i} [*a{}]\n", i - 1));
    }
    assert!(refused(&text).message.contains("too deeply"));
}

#[test]
fn aliases_cannot_make_a_small_document_huge() {
    let mut lists = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    let mut merges = String::from("a0: &a0 {k: v}\n");
    for i in 1..30 {
        let copies = vec![format!("*a{}", i - 1); 9].join(", ");
        lists.push_str(&format!("a{i}: &a{i} [{copies}]\n"));
        merges.push_str(&format!("a{i}: &a{i} {{<<: [{copies}]}}\n"));
    }
    assert_eq!(refused(&lists).message, "aliases make the document too large");
    assert_eq!(refused(&merges).message, "aliases make the document too large");
    let long = format!("- &a {}\n{}", "x".repeat(1 << 20), "- *a\n".repeat(10_000));
    assert_eq!(refused(&long).message, "aliases make the document too large");
}

#[test]
fn a_collection_cannot_contain_itself() {
    for text in ["&a [*a]", "&a {b: *a}", "&a {b: [{c: *a}]}", "&a !!str {=: *a}"] {
        assert!(refused(text).message.contains("recursive"), "{text}");
    }
    assert_eq!(refused("*a").message, "found undefined alias 'a'");
}

#[test]
fn a_large_document_is_read_in_time() {
    let start = Instant::now();
    let text: String = (0..5_000).map(|i| format!("key{i}: [1, 2.5, text, {{a:[x]}}]\n")).collect();
    // Each `a:[` needs one more scan; so many of them are an error, but in time.
    let _ = decode(&text);
    let text = text.replace("a:", "a: ");
    let value = decode(&text).unwrap();
    assert_eq!(value.as_map().map(|m| m.len()), Some(5_000));
    assert_eq!(decode(&encode(&value)).unwrap().as_map().map(|m| m.len()), Some(5_000));
    let many = format!("[{}]", "a:[1],".repeat(300));
    assert_eq!(decode(&many).unwrap().as_list().map(<[Value]>::len), Some(300));
    assert!(start.elapsed() < Duration::from_secs(60));
}
