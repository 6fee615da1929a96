//! [`Tag`]: the kinds of node that PyYAML's safe loader and dumper tell apart.

use std::fmt;

/// The prefix of the tags that YAML itself defines, written `!!` in a document.
pub(crate) const CORE: &str = "tag:yaml.org,2002:";

/// What a node is, either said by the document (`!!int`) or found from its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Str,
    Seq,
    Map,
    Set,
    Omap,
    Pairs,
    /// `<<`, the key whose value is merged into its map.
    Merge,
    /// `=`, a leftover of YAML 1.1 that means text as a key and nothing as a value.
    Value,
    /// Any other, spelled out in full.
    Other(String),
}

impl Tag {
    /// The tag that a document spells as `full`, with its handle resolved.
    pub(crate) fn from_full(full: &str) -> Tag {
        match full.strip_prefix(CORE) {
            Some("null") => Tag::Null,
            Some("bool") => Tag::Bool,
            Some("int") => Tag::Int,
            Some("float") => Tag::Float,
            Some("timestamp") => Tag::Timestamp,
            Some("str") => Tag::Str,
            Some("seq") => Tag::Seq,
            Some("map") => Tag::Map,
            Some("set") => Tag::Set,
            Some("omap") => Tag::Omap,
            Some("pairs") => Tag::Pairs,
            Some("merge") => Tag::Merge,
            Some("value") => Tag::Value,
            _ => Tag::Other(full.into()),
        }
    }

    /// How the dumper spells the tag: `!!int`.
    pub(crate) fn shorthand(&self) -> &'static str {
        match self {
            Tag::Null => "!!null",
            Tag::Bool => "!!bool",
            Tag::Int => "!!int",
            Tag::Float => "!!float",
            Tag::Timestamp => "!!timestamp",
            Tag::Seq => "!!seq",
            Tag::Map => "!!map",
            Tag::Set => "!!set",
            // The dumper has values of the kinds above and text, nothing else.
            _ => "!!str",
        }
    }
}

impl fmt::Display for Tag {
    /// The full form, as errors quote it.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Tag::Other(full) => f.write_str(full),
            Tag::Omap => write!(f, "{CORE}omap"),
            Tag::Pairs => write!(f, "{CORE}pairs"),
            Tag::Merge => write!(f, "{CORE}merge"),
            Tag::Value => write!(f, "{CORE}value"),
            core => write!(f, "{CORE}{}", &core.shorthand()[2..]),
        }
    }
}
