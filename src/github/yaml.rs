//! YAML as a tree, within limits: a workflow is anybody's text.
//!
//! An alias shares what it stands for, and is never copied, so a few lines
//! cannot become gigabytes; nothing here walks the whole tree.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// The longest text that is read.
const LONGEST: usize = 512 << 10;
/// How many values a text may hold.
const VALUES: usize = 50_000;
/// How many texts of a list are read.
const TEXTS: usize = 300;
/// How deep values may lie in each other, through aliases too.
const DEEPEST: usize = 64;

/// A value.
#[derive(Debug)]
pub enum Node {
    /// Text, a number, true or false; whether it stood without quotes.
    Scalar(String, bool),
    /// A list.
    List(Vec<Arc<Self>>),
    /// Names with values, in the text's order.
    Map(Vec<(String, Arc<Self>)>),
}

static NULL: Node = Node::Scalar(String::new(), true);

impl Node {
    /// Text; none where it is null, or an expression, which only a run resolves.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar(text, plain) => {
                let null = *plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL");
                Some(text.as_str()).filter(|text| !null && !text.contains("${{"))
            }
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// The text as it stands, be it an expression or nothing.
    pub fn raw(&self) -> Option<&str> {
        match self {
            Self::Scalar(text, _) => Some(text.trim()),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Whether it is true.
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Scalar(text, true) if matches!(text.as_str(), "true" | "True" | "TRUE"))
    }

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.entries().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// The names with their values.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        let entries = match self {
            Self::Map(entries) => entries.as_slice(),
            Self::Scalar(..) | Self::List(_) => &[],
        };
        entries.iter().map(|(name, value)| (name.as_str(), value.as_ref()))
    }

    /// The texts of a list, as many as anybody writes; or the one text that stands for a list of one.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Scalar(..) => self.text().into_iter().collect(),
            Self::List(items) => items.iter().take(TEXTS).filter_map(|item| item.text()).collect(),
            Self::Map(_) => Vec::new(),
        }
    }

    /// The items of a list.
    pub fn items(&self) -> impl Iterator<Item = &Self> {
        let items = match self {
            Self::List(items) => items.as_slice(),
            Self::Scalar(..) | Self::Map(_) => &[],
        };
        items.iter().map(AsRef::as_ref)
    }
}

/// What is open, with what is in it so far.
enum Open {
    List(Vec<Arc<Node>>),
    Map(Vec<(String, Arc<Node>)>, Option<String>),
}

struct Frame {
    open: Open,
    anchor: usize,
    /// How deep what is in it reaches.
    depth: usize,
}

#[derive(Default)]
struct Builder {
    frames: Vec<Frame>,
    anchors: HashMap<usize, (Arc<Node>, usize)>,
    root: Option<Arc<Node>>,
    values: usize,
}

/// The first document of a text; none where it is no YAML, or beyond the limits.
pub fn parse(text: &str) -> Option<Arc<Node>> {
    if text.len() > LONGEST {
        return None;
    }
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.ok()?;
        match event {
            Event::Scalar(text, style, anchor, _) => {
                builder.add(Arc::new(Node::Scalar(text.into_owned(), style == ScalarStyle::Plain)), anchor, 1)?;
            }
            Event::Alias(anchor) => {
                // What contains itself is not known yet: that is nothing.
                let known = builder.anchors.get(&anchor).cloned();
                let (node, depth) = known.unwrap_or_else(|| (Arc::new(Node::Scalar(String::new(), true)), 1));
                builder.add(node, 0, depth)?;
            }
            Event::SequenceStart(anchor, _) => builder.open(Open::List(Vec::new()), anchor)?,
            Event::MappingStart(anchor, _) => builder.open(Open::Map(Vec::new(), None), anchor)?,
            Event::SequenceEnd | Event::MappingEnd => builder.close()?,
            Event::DocumentEnd | Event::StreamEnd => break,
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
        }
    }
    builder.root.filter(|_| builder.frames.is_empty())
}

impl Builder {
    fn open(&mut self, open: Open, anchor: usize) -> Option<()> {
        self.frames.push(Frame { open, anchor, depth: 0 });
        (self.frames.len() <= DEEPEST).then_some(())
    }

    fn close(&mut self) -> Option<()> {
        let frame = self.frames.pop()?;
        let node = match frame.open {
            Open::List(items) => Node::List(items),
            Open::Map(entries, _) => Node::Map(entries),
        };
        self.add(Arc::new(node), frame.anchor, frame.depth + 1)
    }

    fn add(&mut self, node: Arc<Node>, anchor: usize, depth: usize) -> Option<()> {
        self.values += 1;
        if self.values > VALUES || depth + self.frames.len() > DEEPEST {
            return None;
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (Arc::clone(&node), depth));
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return Some(());
        };
        frame.depth = frame.depth.max(depth);
        match &mut frame.open {
            Open::List(items) => items.push(node),
            Open::Map(entries, name) => match name.take() {
                Some(name) => entries.push((name, node)),
                None => *name = Some(key(&node)),
            },
        }
        Some(())
    }
}

/// A name: what is none (a list, a map) names nothing that anybody asks for.
fn key(node: &Node) -> String {
    match node {
        Node::Scalar(text, _) => text.clone(),
        Node::List(_) | Node::Map(_) => String::new(),
    }
}

/// Nothing.
pub fn null() -> &'static Node {
    &NULL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_in_the_texts_order_where_on_is_a_word() {
        let tree = parse("on: push\nb: [x, 'null', ~, \"${{ y }}\"]\na: {t: true, u: 'true'}\n---\nother: 1\n").unwrap();
        assert_eq!(tree.entries().map(|(name, _)| name).collect::<Vec<_>>(), ["on", "b", "a"]);
        assert_eq!(tree.get("b").unwrap().texts(), ["x", "null"]);
        let a = tree.get("a").unwrap();
        assert!(a.get("t").unwrap().is_true() && !a.get("u").unwrap().is_true() && a.get("v").is_none());
        assert_eq!(null().text(), None);
    }

    #[test]
    fn aliases_are_shared_and_none_contains_itself() {
        let tree = parse("a: &x {k: v}\nb: *x\nc: &y [*y]\n").unwrap();
        assert_eq!(tree.get("b").and_then(|b| b.get("k")).and_then(Node::text), Some("v"));
        assert_eq!(tree.get("c").unwrap().items().count(), 1);
    }

    #[test]
    fn hostile_texts_end_quickly_as_nothing() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..90 {
            let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
            bomb.push_str(&["a", &level.to_string(), ": &a", &level.to_string(), " [", &aliases, "]\n"].concat());
        }
        // Shared, so small; but deeper than the limit.
        assert!(parse(&bomb).is_none());
        for text in [
            "[".repeat(100_000),
            "a:\n".to_owned() + &"x: y\n".repeat(60_000),
            "x".repeat(LONGEST + 1),
            (0..300).map(|level| format!("{}- \n", " ".repeat(level))).collect(),
        ] {
            assert!(parse(&text).is_none(), "{text:.20}");
        }
        for text in [
            "{a: ".repeat(50_000),
            "- ".repeat(100_000),
            "? ".repeat(100_000),
            "&a ".repeat(50_000),
            "!!x ".repeat(50_000),
            "\"".to_owned() + &"\\".repeat(99_999),
            "\u{0}\u{1}\t\t: - ".repeat(1_000),
            "*a".to_owned(),
            "%YAML 9.9\n%TAG ! x\n---\n".repeat(10),
        ] {
            assert!(parse(&text).is_none_or(|tree| tree.entries().count() <= VALUES), "{text:.20}");
        }
    }
}
