//! One section of the file: hands out its values in the kinds that were asked for, and notes
//! what is of another kind, unknown, empty or repeated.

use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::Kind;
use super::nearest::no_such_word;
use super::shape;
use super::source::{At, Notes, quoted};

/// One section, its unknown keys noted already.
pub(super) struct Section<'t> {
    kind: &'static Kind,
    entries: Vec<Entry<'t>>,
    /// Where it is: its header, or the braces of an inline one.
    pub span: Range<usize>,
    /// What the unknown keys were probably meant to be: nobody wants to be told that these are missing, too.
    meant: Vec<&'static str>,
}

/// A name, and the texts that it has.
type NamedTexts<'t> = (At<&'t str>, Option<Vec<At<&'t str>>>);

struct Entry<'t> {
    key: At<&'t str>,
    value: At<&'t DeValue<'t>>,
}

impl<'t> Section<'t> {
    pub fn new(kind: &'static Kind, table: &'t DeTable<'t>, span: Range<usize>, notes: &mut Notes<'_>) -> Self {
        let entries = entries(table);
        let mut meant = Vec::new();
        for entry in entries.iter().filter(|entry| !kind.keys.contains(&entry.key.value)) {
            notes.add(&entry.key.span, kind.unknown(entry.key.value));
            meant.extend(kind.meant(entry.key.value));
        }
        Self { kind, entries, span, meant }
    }

    /// Whether it has this key, or one that was probably meant to be this one.
    pub fn has(&self, key: &str) -> bool {
        self.was_meant(key) || self.value(key).is_some()
    }

    /// Whether an unknown key was probably meant to be this one.
    pub fn was_meant(&self, key: &str) -> bool {
        self.meant.contains(&key)
    }

    /// Notes that a key is missing, unless it is there.
    pub fn require(&self, key: &str, example: &str, notes: &mut Notes<'_>) {
        if !self.has(key) {
            notes.add(&self.span, format!("{} needs {}: write {key} = {example}", self.kind.title, article(key)));
        }
    }

    fn value(&self, key: &str) -> Option<&At<&'t DeValue<'t>>> {
        self.entries.iter().find(|entry| entry.key.value == key).map(|entry| &entry.value)
    }

    /// The text of a key, if it is one that can be shown on a line.
    pub fn text(&self, key: &str, notes: &mut Notes<'_>) -> Option<At<&'t str>> {
        let text = self.raw_text(key, notes)?;
        shape::plain(&text, "this text", notes).then_some(text)
    }

    /// The text of a key, whatever is in it.
    pub fn raw_text(&self, key: &str, notes: &mut Notes<'_>) -> Option<At<&'t str>> {
        let at = self.value(key)?;
        if let DeValue::String(text) = at.value {
            return Some(At::new(text.as_ref(), at.span.clone()));
        }
        let sentence = if is_simple(at.value) {
            format!("{key} takes a text: write {key} = {}, with quotes", quoted(notes.written(&at.span)))
        } else {
            format!("{key} takes one text in quotes, not {}", named(at.value))
        };
        notes.add(&at.span, sentence);
        None
    }

    /// A moment or a time of day, in quotes or as TOML's own.
    pub fn moment(&self, key: &str, notes: &mut Notes<'_>) -> Option<At<String>> {
        let at = self.value(key)?;
        if let DeValue::Datetime(datetime) = at.value {
            return Some(At::new(datetime.to_string(), at.span.clone()));
        }
        self.text(key, notes).map(|text| text.map(str::to_owned))
    }

    /// One of a few words; `what` they are, one of them.
    pub fn word<T: Copy>(&self, key: &str, what: &str, words: &[(&'static str, T)], notes: &mut Notes<'_>) -> Option<At<T>> {
        let text = self.text(key, notes)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(text.map(|_| *value));
        }
        notes.add(&text.span, no_such_word(what, text.value, words.iter().map(|(word, _)| *word)));
        None
    }

    pub fn boolean(&self, key: &str, notes: &mut Notes<'_>) -> Option<At<bool>> {
        let at = self.value(key)?;
        if let DeValue::Boolean(value) = at.value {
            return Some(At::new(*value, at.span.clone()));
        }
        let sentence = match at.value.as_str().filter(|text| matches!(*text, "true" | "false")) {
            Some(text) => format!("{key} takes true or false without quotes: write {key} = {text}"),
            None => format!("{key} takes true or false, not {}", named(at.value)),
        };
        notes.add(&at.span, sentence);
        None
    }

    /// A whole number of seconds within bounds.
    pub fn seconds(&self, key: &str, bounds: RangeInclusive<u64>, notes: &mut Notes<'_>) -> Option<At<u64>> {
        self.number(key, " of seconds", bounds, notes)
    }

    /// A whole number within bounds.
    pub fn whole(&self, key: &str, bounds: RangeInclusive<u64>, notes: &mut Notes<'_>) -> Option<At<u64>> {
        self.number(key, "", bounds, notes)
    }

    fn number(&self, key: &str, of: &str, bounds: RangeInclusive<u64>, notes: &mut Notes<'_>) -> Option<At<u64>> {
        let at = self.value(key)?;
        let wanted = format!("{key} takes a whole number{of} from {} to {}", bounds.start(), bounds.end());
        let seconds = at.value.as_integer().and_then(|digits| u64::from_str_radix(digits.as_str(), digits.radix()).ok());
        if let Some(seconds) = seconds.filter(|seconds| bounds.contains(seconds)) {
            return Some(At::new(seconds, at.span.clone()));
        }
        let sentence = match at.value.as_str() {
            Some(_) => format!("{wanted}, without quotes or a unit"),
            None if is_simple(at.value) => format!("{wanted}, not {}", notes.written(&at.span)),
            None => format!("{wanted}, not {}", named(at.value)),
        };
        notes.add(&at.span, sentence);
        None
    }

    /// A list of texts, none of them twice; absent where it is of no use at all.
    pub fn texts(&self, key: &str, notes: &mut Notes<'_>) -> Option<At<Vec<At<&'t str>>>> {
        let texts = self.words(key, notes)?;
        note_repetitions(&texts.value, notes);
        Some(texts)
    }

    /// A list of texts, such as a program and its arguments; absent where it is of no use at all.
    pub fn words(&self, key: &str, notes: &mut Notes<'_>) -> Option<At<Vec<At<&'t str>>>> {
        let at = self.value(key)?;
        let DeValue::Array(list) = at.value else {
            let written = notes.written(&at.span);
            let sentence = match at.value.as_str() {
                Some(text) => format!("{key} takes a list: write {key} = [{}]", quoted(text)),
                None if is_simple(at.value) => format!("{key} takes a list of texts: write {key} = [{}]", quoted(written)),
                None => format!("{key} takes a list of texts, not {}", named(at.value)),
            };
            notes.add(&at.span, sentence);
            return None;
        };
        if list.is_empty() {
            notes.add(&at.span, format!("{key} is an empty list, which fits nothing: name at least one, or leave {key} out"));
            return None;
        }
        let mut texts: Vec<At<&str>> = Vec::new();
        for item in list {
            texts.extend(listed_text(key, item, notes));
        }
        Some(At::new(texts, at.span.clone()))
    }

    /// Texts by names that the person chose, in the file's order; absent where it is of no use at all.
    pub fn named_texts(&self, key: &str, notes: &mut Notes<'_>) -> Option<At<Vec<(&'t str, &'t str)>>> {
        let at = self.value(key)?;
        let DeValue::Table(table) = at.value else {
            notes.add(&at.span, format!("{key} takes texts by their names: write {key} = {{ task = \"…\" }}, not {}", named(at.value)));
            return None;
        };
        if table.is_empty() {
            notes.add(&at.span, format!("{key} is empty: name at least one, or leave {key} out"));
            return None;
        }
        let mut texts = Vec::new();
        for entry in entries(table) {
            let text = entry.value.value.as_str();
            let Some(text) = text else {
                let sentence = if is_simple(entry.value.value) {
                    format!("{key} takes texts: write {}, with quotes", quoted(notes.written(&entry.value.span)))
                } else {
                    format!("{key} takes texts, and here is {}: write one text in quotes", named(entry.value.value))
                };
                notes.add(&entry.value.span, sentence);
                continue;
            };
            let fits = shape::plain(&entry.key, "this name", notes);
            if shape::plain(&At::new(text, entry.value.span), "this text", notes) && fits {
                texts.push((entry.key.value, text));
            }
        }
        Some(At::new(texts, at.span.clone()))
    }

    /// One text or a list of them, which may be empty; absent where it is of no use at all.
    pub fn text_or_texts(&self, key: &str, notes: &mut Notes<'_>) -> Option<Vec<At<&'t str>>> {
        self.value(key).and_then(|at| one_or_several(key, at, notes))
    }

    /// A section in which each name has one text or a list of them, which may be empty: all that it says, in the file's
    /// order; a name alone where what it has is of no use.
    pub fn lists_by_name(&self, key: &str, title: &str, notes: &mut Notes<'_>) -> Vec<NamedTexts<'t>> {
        let Some(at) = self.value(key) else { return Vec::new() };
        let DeValue::Table(table) = at.value else {
            notes.add(&at.span, format!("{key} is one section: write {title} in single brackets"));
            return Vec::new();
        };
        let read = |entry: Entry<'t>| {
            let texts = one_or_several(entry.key.value, &entry.value, notes);
            (entry.key, texts)
        };
        entries(table).into_iter().map(read).collect()
    }

    /// The sections written as `[[key]]`, in the file's order.
    pub fn repeated(&self, key: &str, kind: &'static Kind, notes: &mut Notes<'_>) -> Vec<Self> {
        let Some(at) = self.value(key) else { return Vec::new() };
        let DeValue::Array(list) = at.value else {
            notes.add(&at.span, format!("{key} are a list of sections: write {} in double brackets above each", kind.title));
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in list {
            match item.get_ref().as_table() {
                Some(table) => sections.push(Section::new(kind, table, item.span(), notes)),
                None => {
                    notes.add(&item.span(), format!("{key} are a list of sections: write {} in double brackets above each", kind.title));
                }
            }
        }
        sections
    }

    /// The sections written as `[key.NAME]`, in the file's order, and whether these are all that were meant.
    pub fn by_name(&self, key: &str, kind: &'static Kind, notes: &mut Notes<'_>) -> (Vec<(At<&'t str>, Self)>, bool) {
        let Some(at) = self.value(key) else { return (Vec::new(), !self.has(key)) };
        let DeValue::Table(table) = at.value else {
            notes.add(&at.span, format!("{key} are sections told apart by name: write {} in single brackets above each", kind.title));
            return (Vec::new(), false);
        };
        let (mut sections, mut all) = (Vec::new(), true);
        for entry in entries(table) {
            all &= entry.value.value.is_table();
            let name = entry.key.value;
            if let Some(table) = entry.value.value.as_table() {
                let section = Section::new(kind, table, entry.value.span, notes);
                sections.push((entry.key, section));
            } else if kind.keys.contains(&name) {
                notes.add(&entry.key.span, format!("this belongs in a section with a name: write {} above it", kind.title));
            } else {
                notes.add(
                    &entry.value.span,
                    format!("an entry of {key} is a section, not {}: write {}", named(entry.value.value), kind.title),
                );
            }
        }
        (sections, all)
    }

    /// The section written as `[key]`.
    pub fn single(&self, key: &str, kind: &'static Kind, notes: &mut Notes<'_>) -> Option<Self> {
        let at = self.value(key)?;
        if let DeValue::Table(table) = at.value {
            return Some(Section::new(kind, table, at.span.clone(), notes));
        }
        notes.add(&at.span, format!("{key} is one section: write {} in single brackets", kind.title));
        None
    }
}

/// A table's entries in the file's order; the tree keeps them by the alphabet.
fn entries<'t>(table: &'t DeTable<'t>) -> Vec<Entry<'t>> {
    let entry = |(key, value): (&'t Spanned<_>, &'t Spanned<DeValue<'t>>)| {
        let key: &'t Spanned<toml::de::DeString<'t>> = key;
        Entry { key: At::new(key.get_ref().as_ref(), key.span()), value: At::new(value.get_ref(), value.span()) }
    };
    let mut entries: Vec<Entry<'t>> = table.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.key.span.start);
    entries
}

/// A text or a list of them; notes what is neither, and what stands there twice.
fn one_or_several<'t>(key: &str, at: &At<&'t DeValue<'t>>, notes: &mut Notes<'_>) -> Option<Vec<At<&'t str>>> {
    let texts = match at.value {
        DeValue::String(text) => {
            let text = At::new(text.as_ref(), at.span.clone());
            shape::plain(&text, "this text", notes).then(|| vec![text])
        }
        DeValue::Array(list) => {
            let before = notes.count();
            let texts = list.iter().filter_map(|item| listed_text(key, item, notes)).collect();
            (notes.count() == before).then_some(texts)
        }
        other => {
            notes.add(&at.span, format!("{} takes a text in quotes or a list of them, not {}", quoted(key), named(other)));
            None
        }
    }?;
    note_repetitions(&texts, notes);
    Some(texts)
}

/// One text of a list.
fn listed_text<'t>(key: &str, item: &'t Spanned<DeValue<'t>>, notes: &mut Notes<'_>) -> Option<At<&'t str>> {
    let span = item.span();
    if let DeValue::String(text) = item.get_ref() {
        let text = At::new(text.as_ref(), span);
        return shape::plain(&text, "this text", notes).then_some(text);
    }
    let sentence = if is_simple(item.get_ref()) {
        format!("{key} is a list of texts: write {}, with quotes", quoted(notes.written(&span)))
    } else {
        format!("{key} is a list of texts, and here is {}: write each on its own", named(item.get_ref()))
    };
    notes.add(&span, sentence);
    None
}

fn note_repetitions(texts: &[At<&str>], notes: &mut Notes<'_>) {
    let mut seen = std::collections::HashSet::new();
    for text in texts {
        if !seen.insert(text.value) {
            notes.add(&text.span, format!("{} stands twice in this list: keep one", quoted(text.value)));
        }
    }
}

/// Whether a value is one word or number, which quotes would make a text.
const fn is_simple(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::String(_) => true,
        DeValue::Array(_) | DeValue::Table(_) => false,
    }
}

/// What kind of value something is, as a sentence names it.
const fn named(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}

/// A key with its article.
fn article(key: &str) -> String {
    let vowel = key.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {key}", if vowel { "an" } else { "a" })
}
