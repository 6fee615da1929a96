//! From nodes to a [`Value`], as PyYAML's safe constructor does.

use guild_plugin_api::{Map, Value};

use crate::compose::{Content, Graph, NodeId};
use crate::events::{Fault, MAX_DEPTH};
use crate::tag::Tag;
use crate::{key, scalar};

/// How many values aliases may add to those that the document spells out. Python shares what an
/// alias stands for; a [`Value`] is a copy, so nested aliases would grow without end.
const MAX_COPIES: usize = 1_000_000;

/// The value of the node `root`. Texts that are used once are taken out of the graph.
pub(crate) fn construct(graph: &mut Graph, root: NodeId) -> Result<Value, Fault> {
    let cost = |content: &Content| match content {
        Content::Scalar(text) => scalar_cost(text),
        _ => 1,
    };
    let spelled: usize = graph.nodes.iter().map(|node| cost(&node.content)).sum();
    let mut constructor =
        Constructor { active: vec![false; graph.nodes.len()], budget: spelled + MAX_COPIES, graph };
    constructor.value(root, 0)
}

fn scalar_cost(text: &str) -> usize {
    // Long text counts as more than one value, or copies of it would fill the memory.
    1 + text.len() / 32
}

struct Constructor<'a> {
    graph: &'a mut Graph,
    /// The nodes whose value is being made, by their ids.
    active: Vec<bool>,
    /// How many more values may be made.
    budget: usize,
}

impl Constructor<'_> {
    fn value(&mut self, id: NodeId, depth: usize) -> Result<Value, Fault> {
        self.enter(id, depth)?;
        let value = match self.graph.nodes[id].tag.clone() {
            Tag::Seq => self.items(id, depth).map(Value::List),
            Tag::Map => self.pairs(id, depth).map(|pairs| Value::Map(distinct(pairs))),
            Tag::Set => self.pairs(id, depth).map(|pairs| Value::Set(members(pairs))),
            tag @ (Tag::Omap | Tag::Pairs) => self.list_of_pairs(id, &tag, depth),
            tag => self.scalar(id, &tag),
        };
        self.active[id] = false;
        value
    }

    /// Guards the making of one value against recursion and growth.
    fn enter(&mut self, id: NodeId, depth: usize) -> Result<(), Fault> {
        let node = &self.graph.nodes[id];
        if self.active[id] {
            return Err(Fault::new(node.at, "found unconstructable recursive node"));
        }
        if depth > MAX_DEPTH {
            return Err(Fault::new(node.at, "collections are nested too deeply"));
        }
        let cost = match &node.content {
            Content::Scalar(text) => scalar_cost(text),
            _ => 1,
        };
        if cost > self.budget {
            return Err(Fault::new(node.at, "aliases make the document too large"));
        }
        self.budget -= cost;
        self.active[id] = true;
        Ok(())
    }

    fn scalar(&mut self, id: NodeId, tag: &Tag) -> Result<Value, Fault> {
        let at = self.graph.nodes[id].at;
        if matches!(tag, Tag::Merge | Tag::Value | Tag::Other(_)) {
            let message = format!("could not determine a constructor for the tag '{tag}'");
            return Err(Fault::new(at, message));
        }
        if let (Tag::Str, false, Content::Scalar(text)) =
            (tag, self.graph.aliased, &mut self.graph.nodes[id].content)
        {
            return Ok(Value::Str(std::mem::take(text)));
        }
        scalar::construct(tag, self.text(id)?).map_err(|message| Fault::new(at, message))
    }

    /// The text of a scalar, or of the value under `=` in a map that is tagged as a scalar.
    fn text(&self, id: NodeId) -> Result<&str, Fault> {
        let mut id = id;
        // A chain of such maps can lead back to itself through aliases.
        for _ in 0..MAX_DEPTH {
            let node = &self.graph.nodes[id];
            let found = match &node.content {
                Content::Scalar(text) => return Ok(text),
                Content::Seq(_) => "sequence",
                Content::Map(pairs) => {
                    let is_value =
                        |&&(key, _): &&(NodeId, NodeId)| self.graph.nodes[key].tag == Tag::Value;
                    match pairs.iter().find(is_value) {
                        Some(&(_, value)) => {
                            id = value;
                            continue;
                        }
                        None => "mapping",
                    }
                }
            };
            let message = format!("expected a scalar node, but found {found}");
            return Err(Fault::new(node.at, message));
        }
        Err(Fault::new(self.graph.nodes[id].at, "found unconstructable recursive node"))
    }

    fn items(&mut self, id: NodeId, depth: usize) -> Result<Vec<Value>, Fault> {
        let items = self.children(id, "sequence", |content| match content {
            Content::Seq(items) => Some(items.clone()),
            _ => None,
        })?;
        items.into_iter().map(|item| self.value(item, depth + 1)).collect()
    }

    /// The entries of a map, those it merges first, with equal keys left in.
    fn pairs(&mut self, id: NodeId, depth: usize) -> Result<Vec<(Value, Value)>, Fault> {
        let entries = self.children(id, "mapping", |content| match content {
            Content::Map(pairs) => Some(pairs.clone()),
            _ => None,
        })?;
        let mut merged = Vec::new();
        let mut own = Vec::with_capacity(entries.len());
        for (key_id, value_id) in entries {
            let node = &self.graph.nodes[key_id];
            let at = node.at;
            let key = match node.tag {
                Tag::Merge => {
                    self.merge(id, value_id, depth + 1, &mut merged)?;
                    continue;
                }
                Tag::Value => Value::str("="),
                _ => self.value(key_id, depth + 1)?,
            };
            if matches!(key, Value::List(_) | Value::Map(_) | Value::Set(_)) {
                return Err(Fault::new(at, "found unhashable key while constructing a mapping"));
            }
            own.push((key, self.value(value_id, depth + 1)?));
        }
        if merged.is_empty() {
            return Ok(own);
        }
        merged.append(&mut own);
        Ok(merged)
    }

    /// Adds the entries of the map `id`, or of the maps in the list `id`, to `merged`. The first
    /// map of a list wins over the later ones, so it comes last. To merge the map `into` with
    /// itself changes nothing.
    fn merge(
        &mut self,
        into: NodeId,
        id: NodeId,
        depth: usize,
        merged: &mut Vec<(Value, Value)>,
    ) -> Result<(), Fault> {
        let node = &self.graph.nodes[id];
        let maps: Vec<NodeId> = match &node.content {
            Content::Map(_) => vec![id],
            Content::Seq(items) => items.iter().rev().copied().collect(),
            Content::Scalar(_) => {
                let message =
                    "expected a mapping or list of mappings for merging, but found scalar";
                return Err(Fault::new(node.at, message));
            }
        };
        for map in maps.into_iter().filter(|&map| map != into) {
            let node = &self.graph.nodes[map];
            let found = match &node.content {
                Content::Map(_) => None,
                Content::Seq(_) => Some("sequence"),
                Content::Scalar(_) => Some("scalar"),
            };
            if let Some(found) = found {
                let message = format!("expected a mapping for merging, but found {found}");
                return Err(Fault::new(node.at, message));
            }
            self.enter(map, depth)?;
            let entries = self.pairs(map, depth)?;
            self.active[map] = false;
            merged.extend(distinct(entries));
        }
        Ok(())
    }

    /// `!!omap` and `!!pairs`: in Python a list of tuples, here a list of lists of two.
    fn list_of_pairs(&mut self, id: NodeId, tag: &Tag, depth: usize) -> Result<Value, Fault> {
        let items = self.children(id, "sequence", |content| match content {
            Content::Seq(items) => Some(items.clone()),
            _ => None,
        })?;
        let what = if *tag == Tag::Omap { "an ordered map" } else { "pairs" };
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let node = &self.graph.nodes[item];
            let Content::Map(pairs) = &node.content else {
                let message = format!("expected a mapping of length 1 while constructing {what}");
                return Err(Fault::new(node.at, message));
            };
            let [(key, value)] = pairs[..] else {
                let n = pairs.len();
                let message = format!("expected a single mapping item, but found {n} items");
                return Err(Fault::new(node.at, message));
            };
            self.enter(item, depth + 1)?;
            let pair = vec![self.value(key, depth + 2)?, self.value(value, depth + 2)?];
            self.active[item] = false;
            out.push(Value::List(pair));
        }
        Ok(Value::List(out))
    }

    /// The children of a node that its tag says is a `wanted`.
    fn children<T>(
        &self,
        id: NodeId,
        wanted: &str,
        get: impl Fn(&Content) -> Option<T>,
    ) -> Result<T, Fault> {
        let node = &self.graph.nodes[id];
        get(&node.content).ok_or_else(|| {
            let found = match &node.content {
                Content::Scalar(_) => "scalar",
                Content::Seq(_) => "sequence",
                Content::Map(_) => "mapping",
            };
            Fault::new(node.at, format!("expected a {wanted} node, but found {found}"))
        })
    }
}

/// A map of `pairs` as a Python dict keeps it: an equal key keeps its first place and spelling and
/// takes its last value.
pub(crate) fn distinct(pairs: Vec<(Value, Value)>) -> Map {
    if key::surely_distinct(&pairs) {
        return Map::from(pairs);
    }
    let places = key::places(pairs.iter().map(|(key, _)| key));
    let mut entries: Vec<(Value, Value)> = Vec::with_capacity(pairs.len());
    for ((key, value), place) in pairs.into_iter().zip(places) {
        match entries.get_mut(place) {
            Some(entry) => entry.1 = value,
            None => entries.push((key, value)),
        }
    }
    Map::from(entries)
}

/// The members of the set that `pairs` spell: their distinct keys.
fn members(pairs: Vec<(Value, Value)>) -> Vec<Value> {
    distinct(pairs).into_iter().map(|(key, _)| key).collect()
}
