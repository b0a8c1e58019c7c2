//! XML out: one growing text, everything from outside escaped.
//!
//! Never parses XML; nothing the simulated cloud serves is sent XML.

use std::fmt::{Display, Write as _};

/// An XML text being written.
#[derive(Debug, Default)]
pub struct Xml {
    out: String,
}

impl Xml {
    /// An empty text with room for `capacity` bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { out: String::with_capacity(capacity) }
    }

    /// What was written.
    #[must_use]
    pub fn into_string(self) -> String {
        self.out
    }

    /// Makes room for `more` bytes.
    pub fn reserve(&mut self, more: usize) {
        self.out.reserve(more);
    }

    /// `<tag>`; `tag` may hold attributes.
    pub fn open(&mut self, tag: &str) {
        self.out.push('<');
        self.out.push_str(tag);
        self.out.push('>');
    }

    /// `</tag>`.
    pub fn close(&mut self, tag: &str) {
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
    }

    /// `<tag>value</tag>`, the value escaped.
    pub fn text(&mut self, tag: &str, value: &str) {
        self.open(tag);
        escape_into(&mut self.out, value);
        self.close(tag);
    }

    /// `<tag>value</tag>` where there is a value.
    pub fn maybe(&mut self, tag: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(tag, value);
        }
    }

    /// `<tag>value</tag>` for a number, a truth value or another plain word.
    pub fn plain(&mut self, tag: &str, value: impl Display) {
        self.open(tag);
        // Writing into a String cannot fail.
        let _ = write!(self.out, "{value}");
        self.close(tag);
    }

    /// `<tag>` around what `inside` writes.
    pub fn within(&mut self, tag: &str, inside: impl FnOnce(&mut Self)) {
        self.open(tag);
        inside(self);
        self.close(tag);
    }

    /// `<tag><entry>…</entry>…</tag>`: a list with one `entry` for each item.
    pub fn list<T>(&mut self, tag: &str, entry: &str, items: impl IntoIterator<Item = T>, mut each: impl FnMut(&mut Self, T)) {
        self.open(tag);
        for item in items {
            self.open(entry);
            each(self, item);
            self.close(entry);
        }
        self.close(tag);
    }

    /// `<tag><entry>text</entry>…</tag>`.
    pub fn texts<'a>(&mut self, tag: &str, entry: &str, items: impl IntoIterator<Item = &'a str>) {
        self.open(tag);
        for item in items {
            self.text(entry, item);
        }
        self.close(tag);
    }

    /// A piece that is XML already.
    pub fn raw(&mut self, piece: &str) {
        self.out.push_str(piece);
    }
}

/// Appends `value` so that a parser reads back the same characters. What XML
/// 1.0 cannot carry at all becomes U+FFFD.
fn escape_into(out: &mut String, value: &str) {
    let mut clean = 0;
    for (at, c) in value.char_indices() {
        let instead = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&#39;",
            '\r' => "&#xD;",
            '\n' | '\t' => continue,
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => "\u{fffd}",
            _ => continue,
        };
        out.push_str(value.get(clean..at).unwrap_or_default());
        out.push_str(instead);
        clean = at + c.len_utf8();
    }
    out.push_str(value.get(clean..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let mut xml = Xml::default();
        xml.text("M", "a <b> & \"c\" 'd' \r\u{1b}é");
        assert_eq!(xml.into_string(), "<M>a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; &#xD;\u{fffd}é</M>");
    }

    #[test]
    fn lists_nest() {
        let mut xml = Xml::default();
        xml.list("L", "member", [1, 2], |xml, n| xml.plain("N", n));
        assert_eq!(xml.into_string(), "<L><member><N>1</N></member><member><N>2</N></member></L>");
    }
}
