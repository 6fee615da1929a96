//! Values as far as they are known without running a script.

use std::cell::RefCell;
use std::rc::Rc;

use guild_plugin_api::Value;

/// What an expression stands for.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// A number, a text, a boolean or `None`.
    Constant(Value),
    /// A list or a tuple; none once something unknown may have changed it.
    Items(Rc<RefCell<Option<Vec<Known>>>>),
    /// `str`, `int`, `float`, `bool`: how flags name it.
    Type(&'static str),
    /// A function of the script: its number.
    Function(usize),
    /// A parser: its number.
    Parser(usize),
    /// A group of a parser: the parser's number, and whether its members exclude one another.
    Group(usize, bool),
    /// The sub-commands of a parser.
    Commands(usize),
    /// Of the library: the module, or what it has by this name.
    Library(&'static str),
    /// Something that is imported from this module.
    Imported(Rc<str>),
    /// A class of the script, by its name, and whether it has to do with parsers. A lambda that has
    /// not is one without name.
    Class(Rc<str>, bool),
    /// Something that has to do with parsers in a way that is not known.
    Opaque,
    /// Something that has nothing to do with them.
    Unknown,
}

impl Known {
    pub(super) fn text(text: impl Into<String>) -> Known {
        Known::Constant(Value::str(text))
    }

    pub(super) fn items(items: Vec<Known>) -> Known {
        Known::Items(Rc::new(RefCell::new(Some(items))))
    }

    /// Makes a list unknown, and those within it.
    pub(super) fn forget(&self) {
        if let Known::Items(cell) = self {
            let items = cell.borrow_mut().take();
            items.into_iter().flatten().for_each(|item| item.forget());
        }
    }

    /// The items of a list or tuple.
    pub(super) fn known_items(&self) -> Option<Vec<Known>> {
        match self {
            Known::Items(cell) => cell.borrow().clone(),
            _ => None,
        }
    }

    /// Whether Python takes it for true.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Known::Constant(value) => Some(match value {
                Value::Null => false,
                Value::Bool(b) => *b,
                Value::Int(i) => *i != 0,
                Value::Float(f) => *f != 0.0,
                Value::Str(s) => !s.is_empty(),
                _ => return None,
            }),
            Known::Items(_) => self.known_items().map(|items| !items.is_empty()),
            _ => None,
        }
    }

    /// Whether a parser is in it, or may be.
    pub(super) fn is_parsing(&self) -> bool {
        match self {
            Known::Parser(_) | Known::Group(..) | Known::Commands(_) | Known::Opaque => true,
            Known::Library(name) => *name == "ArgumentParser",
            Known::Class(_, involved) => *involved,
            Known::Items(_) => self.known_items().is_some_and(|i| i.iter().any(Known::is_parsing)),
            _ => false,
        }
    }

    /// The value as a flag's default has it; none where it is not known.
    pub(super) fn value(&self) -> Option<Value> {
        match self {
            Known::Constant(Value::Float(f)) if f.is_nan() => Some(Value::str("NaN")),
            Known::Constant(Value::Float(f)) if f.is_infinite() => {
                Some(Value::str(if *f > 0.0 { "Infinity" } else { "-Infinity" }))
            }
            Known::Constant(value) => Some(value.clone()),
            Known::Items(_) => {
                let items = self.known_items()?;
                items.iter().map(Known::value).collect::<Option<Vec<_>>>().map(Value::List)
            }
            _ => None,
        }
    }
}
