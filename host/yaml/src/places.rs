//! [`Places`]: where in a text the parts of its document are.

use std::sync::OnceLock;

use guild_plugin_api::Value;

use crate::compose::{Content, Graph, NodeId, compose};
use crate::construct::construct;
use crate::events::{self, Fault, MAX_DEPTH};
use crate::source::line_starts;
use crate::tag::Tag;

/// Where in a text the parts of its document are.
#[derive(Debug)]
pub struct Places {
    graph: Graph,
    root: Option<NodeId>,
    /// What positions are counted in. Few are ever asked for.
    text: String,
    lines: OnceLock<Vec<usize>>,
}

/// The place of one part of a document. What stands for an alias is where its anchor is.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    places: &'a Places,
    node: NodeId,
}

/// An entry of a map.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Entry<'a> {
    /// The key as it is written, without quotes: `1` and `'1'` are the same here.
    pub key: &'a str,
    /// Where the key is.
    pub at: Place<'a>,
    /// Where the value is.
    pub value: Place<'a>,
}

impl Places {
    /// The document in `text` with its places.
    pub(crate) fn read(text: &str) -> Result<(Value, Places), Fault> {
        let (mut graph, root) = compose(events::read(text)?)?;
        // All texts stay, as if they were needed again.
        graph.aliased = true;
        let value = root.map_or(Ok(Value::Null), |root| construct(&mut graph, root))?;
        Ok((value, Places { graph, root, text: text.into(), lines: OnceLock::new() }))
    }

    /// Line and column, from 1, of the byte offset `at`.
    fn position(&self, at: usize) -> (usize, usize) {
        let starts = self.lines.get_or_init(|| line_starts(&self.text).collect());
        let line = starts.partition_point(|start| *start <= at);
        let before = self.text.get(starts[line - 1]..at).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The place of the whole document; none where the text holds none.
    pub fn root(&self) -> Option<Place<'_>> {
        self.root.map(|node| Place { places: self, node })
    }
}

impl<'a> Place<'a> {
    /// Line and column, from 1, the column in characters.
    pub fn position(self) -> (usize, usize) {
        self.places.position(self.places.graph.nodes[self.node].at)
    }

    /// The places of a list's items; none for anything else.
    pub fn items(self) -> Vec<Place<'a>> {
        match &self.content() {
            Content::Seq(items) => items.iter().map(|&node| self.at(node)).collect(),
            _ => Vec::new(),
        }
    }

    /// The entries of a map, those it merges (`<<`) first, so that the last of a key is the one
    /// that counts; none for anything else.
    pub fn entries(self) -> Vec<Entry<'a>> {
        let mut found = Vec::new();
        self.collect(&mut found, 0);
        found
    }

    /// The value of a map's key.
    pub fn get(self, key: &str) -> Option<Place<'a>> {
        self.entry(key).map(|entry| entry.value)
    }

    /// A key of a map, where it is written.
    pub fn key(self, key: &str) -> Option<Place<'a>> {
        self.entry(key).map(|entry| entry.at)
    }

    fn entry(self, key: &str) -> Option<Entry<'a>> {
        self.entries().into_iter().rev().find(|entry| entry.key == key)
    }

    /// The text of a scalar.
    pub fn as_str(self) -> Option<&'a str> {
        match self.content() {
            Content::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is a map.
    pub fn is_map(self) -> bool {
        matches!(self.content(), Content::Map(_))
    }

    fn collect(self, found: &mut Vec<Entry<'a>>, depth: usize) {
        let Content::Map(pairs) = self.content() else { return };
        if depth > MAX_DEPTH {
            return;
        }
        let merges = |&(key, _): &(NodeId, NodeId)| self.places.graph.nodes[key].tag == Tag::Merge;
        for &(_, merged) in pairs.iter().filter(|pair| merges(pair)) {
            let merged = self.at(merged);
            match merged.content() {
                // The first of a list wins over those behind it.
                Content::Seq(maps) => {
                    maps.iter().rev().for_each(|&map| self.at(map).collect(found, depth + 1));
                }
                _ => merged.collect(found, depth + 1),
            }
        }
        for &(key, value) in pairs.iter().filter(|pair| !merges(pair)) {
            if let Content::Scalar(text) = &self.places.graph.nodes[key].content {
                found.push(Entry { key: text, at: self.at(key), value: self.at(value) });
            }
        }
    }

    fn content(self) -> &'a Content {
        &self.places.graph.nodes[self.node].content
    }

    fn at(self, node: NodeId) -> Place<'a> {
        Place { node, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each entry of the maps in `place` as `key@line:column`.
    fn shown(place: Place<'_>) -> Vec<String> {
        let entries = place.entries().into_iter().flat_map(|entry| {
            let (line, column) = entry.at.position();
            let own = format!("{}@{line}:{column}", entry.key);
            std::iter::once(own).chain(shown(entry.value))
        });
        entries.chain(place.items().into_iter().flat_map(shown)).collect()
    }

    #[test]
    fn entries_are_where_their_keys_are() {
        let text = "é: {b: 1, 'c d': 2}\r\n- ";
        assert!(Places::read(text).is_err());
        let (value, places) =
            Places::read("é: {b: 1, 'c d': 2}\r\nl:\r- x: [1]\n  2: y\n").unwrap();
        assert_eq!(value.get("é").and_then(|v| v.get("b")), Some(&Value::Int(1)));
        let root = places.root().unwrap();
        assert_eq!(shown(root), ["é@1:1", "b@1:5", "c d@1:11", "l@2:1", "x@3:3", "2@4:3"]);
        let (value, places) = Places::read("").unwrap();
        assert!(value.is_null() && places.root().is_none());
    }

    #[test]
    fn what_is_merged_comes_first() {
        let text = "a: &a\n  x: 1\nb: &b\n  x: 2\nc:\n  z: 3\n  <<: [*a, *b]\nd: {<<: *a, x: 4}\n";
        let (_, places) = Places::read(text).unwrap();
        let root = places.root().unwrap();
        let place = |name: &str| root.entries().iter().find(|e| e.key == name).unwrap().value;
        assert_eq!(shown(place("c")), ["x@4:3", "x@2:3", "z@6:3"]);
        assert_eq!(shown(place("d")), ["x@2:3", "x@8:13"]);
    }

    #[test]
    fn a_map_that_merges_itself_has_an_end() {
        let (_, places) = Places::read("a: &a {x: 1, <<: *a}\n").unwrap();
        let root = places.root().unwrap();
        assert!(root.is_map() && root.get("a").unwrap().get("y").is_none());
        assert_eq!(root.key("a").unwrap().as_str(), Some("a"));
        assert_eq!(root.entries()[0].value.entries().last().unwrap().key, "x");
    }
}
