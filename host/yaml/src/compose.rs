//! From events to a graph of nodes, each with its kind.

use std::collections::HashMap;

use crate::events::{Event, EventKind, Fault, Properties};
use crate::scalar;
use crate::tag::Tag;

/// The place of a node in its [`Graph`].
pub(crate) type NodeId = usize;

/// The nodes of a document. A node that is used through aliases is there once.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    /// Whether any node is used more than once.
    pub(crate) aliased: bool,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) tag: Tag,
    pub(crate) content: Content,
    /// Where it starts: a byte offset into the text.
    pub(crate) at: usize,
}

#[derive(Debug)]
pub(crate) enum Content {
    Scalar(String),
    Seq(Vec<NodeId>),
    Map(Vec<(NodeId, NodeId)>),
}

/// The graph of a document and its root, or no root when there is no document.
pub(crate) fn compose(events: Vec<Event>) -> Result<(Graph, Option<NodeId>), Fault> {
    let mut composer = Composer::default();
    composer.graph.nodes.reserve(events.len());
    let mut root = None;
    for Event { kind, at } in events {
        let id = match kind {
            EventKind::Alias(name) => {
                composer.graph.aliased = true;
                let Some(&id) = composer.anchors.get(&name) else {
                    return Err(Fault::new(at, format!("found undefined alias '{name}'")));
                };
                id
            }
            EventKind::Scalar { properties, implicit, text } => {
                let default = if implicit { scalar::implicit_tag(&text, false) } else { Tag::Str };
                composer.add(properties, default, Content::Scalar(text), at)?
            }
            EventKind::SeqStart(properties) => {
                let id = composer.add(properties, Tag::Seq, Content::Seq(Vec::new()), at)?;
                composer.open.push((id, None));
                continue;
            }
            EventKind::MapStart(properties) => {
                let id = composer.add(properties, Tag::Map, Content::Map(Vec::new()), at)?;
                composer.open.push((id, None));
                continue;
            }
            EventKind::End => match composer.open.pop() {
                Some((id, _)) => id,
                None => continue,
            },
        };
        if composer.open.is_empty() {
            root = Some(id);
        } else {
            composer.attach(id);
        }
    }
    Ok((composer.graph, root))
}

#[derive(Default)]
struct Composer {
    graph: Graph,
    anchors: HashMap<String, NodeId>,
    /// The collections not yet ended, each with the key that waits for its value.
    open: Vec<(NodeId, Option<NodeId>)>,
}

impl Composer {
    fn add(
        &mut self,
        properties: Option<Box<Properties>>,
        default: Tag,
        content: Content,
        at: usize,
    ) -> Result<NodeId, Fault> {
        let id = self.graph.nodes.len();
        let (anchor, tag) = properties.map_or((None, None), |said| (said.anchor, said.tag));
        let tag = tag.map_or(default, |full| Tag::from_full(&full));
        self.graph.nodes.push(Node { tag, content, at });
        if let Some(anchor) = anchor {
            if self.anchors.contains_key(&anchor) {
                let message = format!("found duplicate anchor '{anchor}'");
                return Err(Fault::new(at, message));
            }
            self.anchors.insert(anchor, id);
        }
        Ok(id)
    }

    /// Puts a finished node into the innermost open collection.
    fn attach(&mut self, id: NodeId) {
        let Some((parent, key)) = self.open.last_mut() else { return };
        match &mut self.graph.nodes[*parent].content {
            Content::Seq(items) => items.push(id),
            Content::Map(pairs) => match key.take() {
                Some(key) => pairs.push((key, id)),
                None => *key = Some(id),
            },
            Content::Scalar(_) => {}
        }
    }
}
