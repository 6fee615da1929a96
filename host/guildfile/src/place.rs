//! Where in a Guild file something is: for errors, warnings and the origins of flags.
//!
//! While a file is read, what fails or is odd collects a [`Trail`] on its way out: the names that
//! led to it, which is then followed in the file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use guild_yaml::Place as Part;

use crate::include;

/// How many parents and includes a trail may be looked for in.
const MAX_DETOURS: usize = 100;

/// The kinds of things a Guild file is a list of.
pub(crate) const ITEM_TYPES: [&str; 4] = ["config", "include", "model", "package"];

/// A place in a Guild file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// The line's text.
    pub text: String,
}

/// `/p/guild.yml:3:5`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

impl Place {
    /// The line with a caret below the column. Of a long line it is the part around the column.
    ///
    /// ```
    /// # use guild_guildfile::{Guildfile, Options};
    /// let text = "train:\n  flags: 1\n";
    /// let read = Guildfile::from_text(text, "/p/guild.yml".as_ref(), &Options::new());
    /// let place = read.unwrap_err().place.unwrap();
    /// assert_eq!(place.excerpt(), "  2 |   flags: 1\n    |          ^");
    /// ```
    pub fn excerpt(&self) -> String {
        const BEFORE: usize = 50;
        const WIDTH: usize = 74;
        let at = self.column - 1;
        let from = if at > BEFORE + 20 { at - BEFORE } else { 0 };
        // Tabs and control characters would put the caret elsewhere.
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let text: String = self.text.chars().skip(from).take(WIDTH).map(plain).collect();
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let caret = " ".repeat(at - from);
        format!("  {number} | {}\n  {margin} | {caret}^", text.trim_end())
    }
}

/// A step on the way to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The item of this index, in the file itself.
    Item(usize),
    /// The model, config or package of this name, the first such or a later one.
    Named(String, usize),
    /// What is under a key.
    Key(String),
    /// The key itself.
    Name(String),
    /// An item of a list, or what stands for a list of one.
    Index(usize),
}

impl Step {
    pub fn key(name: &str) -> Step {
        Step::Key(name.into())
    }
}

/// The way to a place, from the inside out.
pub(crate) type Trail = Vec<Step>;

/// Where in a Guild file, or in those that it includes and inherits from, things are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    path: PathBuf,
    texts: Texts,
}

impl Places {
    pub(crate) fn new(path: PathBuf, texts: Texts) -> Places {
        Places { path, texts }
    }

    /// Where an attribute of an operation is, and of a list in it the item of this index; or the
    /// nearest place to it that can be told.
    pub fn attribute(
        &self,
        model: &str,
        op: &str,
        attribute: &str,
        item: Option<usize>,
    ) -> Option<Place> {
        let way = item.map(Step::Index).into_iter().chain([Step::key(attribute)]);
        let before = [Step::key(op), Step::key("operations"), Step::Named(model.into(), 0)];
        self.texts.locate(&self.path, &way.chain(before).collect::<Trail>())
    }
}

/// A file of one load.
#[derive(Clone)]
struct Text {
    path: PathBuf,
    bytes: Arc<[u8]>,
    /// None for what is no YAML.
    parts: Option<Arc<guild_yaml::Places>>,
}

/// The files of one load.
#[derive(Clone, Default)]
pub(crate) struct Texts(Vec<Text>);

impl PartialEq for Texts {
    fn eq(&self, other: &Texts) -> bool {
        let all = |texts: &Texts| {
            texts.0.iter().map(|t| (t.path.clone(), t.bytes.clone())).collect::<Vec<_>>()
        };
        all(self) == all(other)
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|text| &text.path)).finish()
    }
}

impl Texts {
    /// Adds a file as it is read. What it is as YAML is told by [`Texts::parsed`].
    pub fn add(&mut self, path: &Path, bytes: &[u8]) {
        if !self.0.iter().any(|known| known.path == path) {
            self.0.push(Text { path: path.into(), bytes: bytes.into(), parts: None });
        }
    }

    pub fn parsed(&mut self, path: &Path, parts: Arc<guild_yaml::Places>) {
        if let Some(text) = self.0.iter_mut().find(|text| text.path == path) {
            text.parts = Some(parts);
        }
    }

    /// The place at a line and column of a file.
    pub fn place(&self, path: &Path, line: usize, column: usize) -> Place {
        let bytes = self.0.iter().find(|text| text.path == path).map(|text| &text.bytes);
        let text = bytes.map(|bytes| guild_yaml::line(bytes, line)).unwrap_or_default();
        Place { path: path.into(), line, column, text }
    }

    /// The place that `trail` leads to, or of the last of its steps that can be found. The file
    /// at `path` is looked in first.
    pub fn locate(&self, path: &Path, trail: &[Step]) -> Option<Place> {
        self.find(path, trail)
            .map(|found| self.place(&self.0[found.file].path, found.line, found.column))
    }

    fn find(&self, path: &Path, trail: &[Step]) -> Option<Found> {
        let steps: Vec<&Step> = trail.iter().rev().collect();
        let (first, rest) = steps.split_first()?;
        let own = self.0.iter().position(|text| text.path == path);
        let others = (0..self.0.len()).filter(|&i| Some(i) != own);
        let mut detours = MAX_DETOURS;
        let mut best: Option<Found> = None;
        for file in own.into_iter().chain(others) {
            let Some(root) = self.root(file) else { continue };
            let item = match first {
                Step::Item(index) if Some(file) == own => match root.is_map() {
                    true => Some(root),
                    false => root.items().get(*index).copied(),
                },
                Step::Named(name, nth) => {
                    let named = items(root, name);
                    named.get(*nth).or(named.last()).copied()
                }
                _ => None,
            };
            let Some(item) = item else { continue };
            let found = self.follow(file, item, None, rest, &mut detours);
            if best.as_ref().is_none_or(|best| found.left < best.left) {
                best = Some(found);
            }
        }
        best
    }

    fn root(&self, file: usize) -> Option<Part<'_>> {
        self.0[file].parts.as_ref()?.root()
    }

    /// Follows steps from `part` of the file as far as they lead: what is not there may be in a
    /// parent or in what is included. `under` is the name that `part` is under, none for an item.
    fn follow(
        &self,
        file: usize,
        part: Part,
        under: Option<&str>,
        steps: &[&Step],
        detours: &mut usize,
    ) -> Found {
        let here = |left| {
            let (line, column) = part.position();
            Found { file, line, column, left }
        };
        let Some((step, rest)) = steps.split_first() else { return here(0) };
        let (name, next) = match step {
            Step::Key(name) => (name.as_str(), part.get(name)),
            Step::Name(name) => (name.as_str(), part.key(name)),
            Step::Index(index) => ("", part.items().get(*index).copied()),
            Step::Item(_) | Step::Named(..) => ("", None),
        };
        let own = match next {
            Some(next) => self.follow(file, next, Some(name), rest, detours),
            // A file may be a mapping of operations.
            None if under.is_none() && name == "operations" && is_whole(part) => {
                self.follow(file, part, Some(name), rest, detours)
            }
            None if part.is_map() => here(steps.len()),
            // What stands for more than it says, as `train: train.py` for a mapping.
            None => here(0),
        };
        if own.left == 0 {
            return own;
        }
        let elsewhere = self.ways_round(part, under, steps);
        let mut best = own;
        for (name, way) in elsewhere {
            for found in self.from(&name, &way, detours) {
                if found.left < best.left {
                    best = found;
                }
            }
        }
        best
    }

    /// Where else there may be what `part` does not have itself: names of models and configs, and
    /// the ways from them.
    fn ways_round(&self, part: Part, under: Option<&str>, steps: &[&Step]) -> Vec<(String, Trail)> {
        let names = |key: &str| -> Vec<String> {
            let Some(value) = part.get(key) else { return Vec::new() };
            let one = value.as_str().map(String::from).into_iter();
            let items = value.items();
            one.chain(items.iter().filter_map(|i| i.as_str().map(String::from))).collect()
        };
        let steps = || steps.iter().map(|&step| step.clone());
        let mut ways = Vec::new();
        match under {
            None => {
                for parent in names("extends") {
                    let name = parent.rsplit('/').next().unwrap_or_default().to_owned();
                    ways.push((name, steps().collect()));
                }
            }
            Some(section) => {
                for reference in names("$include") {
                    let Some((model, operation)) = include::target(&reference) else { continue };
                    let operation = operation.map(|op| [Step::key("operations"), Step::key(op)]);
                    let way = operation.into_iter().flatten().chain([Step::key(section)]);
                    ways.push((model.to_owned(), way.chain(steps()).collect()));
                }
            }
        }
        ways
    }

    /// Follows steps from all items of a name.
    fn from(&self, name: &str, way: &[Step], detours: &mut usize) -> Vec<Found> {
        let way: Vec<&Step> = way.iter().collect();
        let mut out = Vec::new();
        for file in 0..self.0.len() {
            for item in self.root(file).into_iter().flat_map(|root| items(root, name)) {
                if *detours == 0 {
                    return out;
                }
                *detours -= 1;
                out.push(self.follow(file, item, None, &way, detours));
            }
        }
        out
    }
}

/// How far a trail leads.
struct Found {
    file: usize,
    line: usize,
    column: usize,
    /// How many steps could not be followed.
    left: usize,
}

/// Whether `part` is a whole file, of which the operations are the entries.
fn is_whole(part: Part) -> bool {
    part.is_map() && !ITEM_TYPES.iter().any(|kind| part.key(kind).is_some())
}

/// The items of this name of the file that `root` is the whole of.
fn items<'a>(root: Part<'a>, name: &str) -> Vec<Part<'a>> {
    if root.is_map() {
        return if name.is_empty() { vec![root] } else { Vec::new() };
    }
    let name_of = |item: &Part<'a>| ITEM_TYPES.iter().find_map(|kind| item.get(kind)?.as_str());
    root.items().into_iter().filter(|item| name_of(item).unwrap_or_default() == name).collect()
}
