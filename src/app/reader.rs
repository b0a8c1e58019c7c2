//! A text that is read in place: what a change changes, how its checks came out.

use std::sync::Arc;

use super::custom::Ran;
use super::key::{Code, Key};
use super::operations::{Known, Operations};
use super::pending::Change;
use crate::model::commit::{ChangedFile, CheckState, Comparison};
use crate::model::forge::RepositoryFacts;
use crate::model::operation::evidence::Outcome;
use crate::model::operation::fact::Spot;

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// The heading of a part.
    Heading,
    /// As it was.
    Plain,
    /// What is said about the text.
    Remark,
    /// A line that is new, or something that succeeded.
    Good,
    /// A line that is gone, or something that failed.
    Bad,
    /// Something that goes on.
    Live,
    /// Something that is not known, or not told.
    Open,
}

/// A line; not yet safe to show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextLine {
    /// What it is.
    pub tone: Tone,
    /// Its text.
    pub text: String,
}

impl TextLine {
    pub(super) fn new(tone: Tone, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if let Some((end, _)) = text.char_indices().nth(LONGEST) {
            text.truncate(end);
            text.push('…');
        }
        Self { tone, text }
    }
}

/// A text over the whole screen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reader {
    /// What it is of; not yet safe to show.
    pub title: String,
    /// Its lines.
    pub lines: Vec<TextLine>,
    /// How many lines are scrolled away.
    pub scroll: usize,
}

/// The longest line that is kept, in characters: a minified file is one line.
const LONGEST: usize = 2_000;

/// The most lines that are kept: what lies beyond is counted.
const MOST: usize = 20_000;

impl Reader {
    /// What a command of a team's own has written, and how it ended.
    pub(super) fn of_run(ran: &Ran) -> Self {
        let mut lines = vec![TextLine::new(Tone::Remark, ran.run.line())];
        lines.push(match &ran.ended {
            Ok(sentence) => TextLine::new(Tone::Good, sentence.as_str()),
            Err(sentence) => TextLine::new(Tone::Bad, sentence.as_str()),
        });
        lines.push(TextLine::new(Tone::Plain, ""));
        lines.extend(ran.written.lines().map(|line| TextLine::new(Tone::Plain, line)));
        let title = match &ran.run.environment {
            Some(key) => format!("{} · {}", ran.run.name, key.name),
            None => ran.run.name.to_string(),
        };
        Self::new(title, lines)
    }

    pub(super) fn new(title: String, mut lines: Vec<TextLine>) -> Self {
        let beyond = lines.len().saturating_sub(MOST);
        if beyond > 0 {
            lines.truncate(MOST);
            lines.push(TextLine::new(Tone::Remark, format!("… {beyond} more lines: read them on GitHub")));
        }
        Self { title, lines, scroll: 0 }
    }

    /// Takes a key; `false` when it closes. `window` is how many lines are shown.
    pub fn press(&mut self, key: Key, window: usize) -> bool {
        let last = self.lines.len().saturating_sub(window);
        let page = window.saturating_sub(1).max(1);
        self.scroll = match (key.ctrl, key.code) {
            (false, Code::Down | Code::Char('j')) => self.scroll + 1,
            (false, Code::Up | Code::Char('k')) => self.scroll.saturating_sub(1),
            (false, Code::PageDown | Code::Char(' ')) | (true, Code::Char('f')) => self.scroll + page,
            (false, Code::PageUp | Code::Char('b')) | (true, Code::Char('b')) => self.scroll.saturating_sub(page),
            (true, Code::Char('d')) => self.scroll + window / 2,
            (true, Code::Char('u')) => self.scroll.saturating_sub(window / 2),
            (false, Code::Home | Code::Char('g')) => 0,
            (false, Code::End | Code::Char('G')) => last,
            (false, Code::Char('n') | Code::Tab) => self.heading(|at| at > self.scroll, false).unwrap_or(self.scroll),
            (false, Code::Char('N') | Code::BackTab) => self.heading(|at| at < self.scroll, true).unwrap_or(0),
            (false, Code::Char('q') | Code::Esc | Code::Enter) => return false,
            _ => self.scroll,
        }
        .min(last);
        true
    }

    /// The first heading that is asked for, or the last.
    fn heading(&self, is_wanted: impl Fn(usize) -> bool, last: bool) -> Option<usize> {
        let headings = self.lines.iter().enumerate().filter(|(_, line)| line.tone == Tone::Heading).map(|(at, _)| at);
        let mut wanted = headings.filter(|at| is_wanted(*at));
        if last { wanted.last() } else { wanted.next() }
    }
}

/// What a change changes, out of what lies between two versions: the files of its pull request, where they are known.
#[must_use]
pub fn diff(change: &Change, comparison: &Comparison, facts: &RepositoryFacts) -> Reader {
    let own: Option<&Vec<Arc<str>>> = facts.commits.get(&change.newest).and_then(|detail| detail.pull.as_ref()?.paths.as_ref());
    let is_own = |file: &&ChangedFile| own.is_none_or(|paths| paths.contains(&file.path));
    let files: Vec<&ChangedFile> = comparison.files.iter().filter(is_own).collect();
    let mut lines = Vec::new();
    if own.is_none() {
        lines.push(TextLine::new(Tone::Remark, "Its own files are not known: these are all that differ between the two versions."));
    } else {
        lines.push(TextLine::new(Tone::Remark, "As its files differ between the two versions: other changes to them are among it."));
    }
    if !comparison.files_complete {
        lines.push(TextLine::new(Tone::Open, "GitHub told only the first 300 files: there are more."));
    }
    for path in own.into_iter().flatten().filter(|path| !files.iter().any(|file| file.path == **path)) {
        lines.push(TextLine::new(Tone::Open, format!("{path}: no difference is told")));
    }
    lines.extend(files.into_iter().flat_map(patch));
    Reader::new(format!("{} {}", change.name(), change.title), lines)
}

fn patch(file: &ChangedFile) -> Vec<TextLine> {
    let state = match (file.is_new, file.is_gone, &file.before) {
        (true, _, _) => "  (new)".to_owned(),
        (_, true, _) => "  (gone)".to_owned(),
        (_, _, Some(before)) => format!("  (was {before})"),
        _ => String::new(),
    };
    let mut lines = vec![TextLine::new(Tone::Heading, format!("{}{state}", file.path))];
    match &file.patch {
        None => lines.push(TextLine::new(Tone::Open, "? its lines are not told: it is binary, or too large")),
        Some(patch) => lines.extend(patch.lines().map(|line| {
            let tone = match line.as_bytes().first() {
                Some(b'+') => Tone::Good,
                Some(b'-') => Tone::Bad,
                Some(b'@' | b'\\') => Tone::Remark,
                _ => Tone::Plain,
            };
            TextLine::new(tone, line)
        })),
    }
    lines
}

/// What an operation has done, unit by unit and step by step, and what its steps have written.
#[must_use]
pub fn of_operation(known: &Known, operations: &Operations) -> Reader {
    let operation = &known.operation;
    let plan = operation.plan();
    let mut lines = Vec::new();
    let identity = plan.actor.identity.as_deref().unwrap_or("? not known");
    lines.push(TextLine::new(
        Tone::Remark,
        format!("operation {} · planned {} · as {identity}", plan.id, operation.planned_at().strftime("%F %TZ")),
    ));
    if let Some(reason) = &plan.reason {
        lines.push(TextLine::new(Tone::Remark, format!("reason: {reason}")));
    }
    if !plan.before.is_empty() {
        lines.push(TextLine::new(Tone::Heading, "checked before the first change"));
        lines.extend((0..).zip(&plan.before).flat_map(|(step, _)| of_step(known, operations, Spot::Before { step })));
    }
    for (unit, planned) in (0..).zip(&plan.units) {
        lines.push(TextLine::new(Tone::Heading, &*planned.name));
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let steps = (0..count(planned.steps.len())).map(|step| Spot::Step { unit, step });
        let undone = (0_u32..).zip(&planned.steps).flat_map(|(step, it)| {
            let deeds = it.undo.as_ref().map_or(0, |undo| count(undo.deeds.len()));
            (0..deeds).map(move |deed| Spot::Undo { unit, step, deed })
        });
        let watched = (0..count(planned.watch.len())).map(|step| Spot::Watch { unit, step });
        let tried = undone.filter(|spot| operation.tried_since(*spot).is_some());
        lines.extend(steps.chain(tried).chain(watched).flat_map(|spot| of_step(known, operations, spot)));
    }
    Reader::new(plan.title.to_string(), lines)
}

/// A step: what, how far, and what it has written.
fn of_step(known: &Known, operations: &Operations, spot: Spot) -> Vec<TextLine> {
    let operation = &known.operation;
    let Some(deed) = operation.deed(spot) else { return Vec::new() };
    let place = if let Spot::Before { .. } = spot { format!(" · {}", deed.place.environment.name) } else { String::new() };
    let words = deed.words();
    let since = operation.tried_since(spot).map_or_else(String::new, |at| format!("  since {}", at.strftime("%TZ")));
    let note = known.notes.get(&spot).and_then(|note| note.sentence.clone());
    let line = match (operation.outcome(spot), operation.begun(spot), note) {
        (Some(Outcome::Done(proof)), _, _) => TextLine::new(Tone::Good, format!("✔ {words}{place}: {proof}")),
        (Some(Outcome::Failed(why)), _, _) => TextLine::new(Tone::Bad, format!("✖ {words}{place}: {why}")),
        (None, Some(_), Some(note)) => TextLine::new(Tone::Live, format!("▷ {words}{place}{since}: {note}")),
        (None, Some(_), None) => TextLine::new(Tone::Live, format!("▷ {words}{place}{since}")),
        (None, None, Some(note)) => TextLine::new(Tone::Open, format!("· {words}{place}: {note}")),
        (None, None, None) => TextLine::new(Tone::Plain, format!("· {words}{place}")),
    };
    let written = operations.output(&spot.mark(&operation.plan().id)).unwrap_or_default();
    std::iter::once(line).chain(written.lines().map(|line| TextLine::new(Tone::Plain, format!("    {line}")))).collect()
}

/// How the checks of a change's newest commit came out: what failed first.
#[must_use]
pub fn checks(change: &Change, facts: &RepositoryFacts) -> Reader {
    let detail = facts.commits.get(&change.newest);
    let mut lines = Vec::new();
    match detail.and_then(|detail| detail.checks.as_ref()) {
        None => lines.push(TextLine::new(Tone::Open, "? its checks were not read")),
        Some(checks) if checks.is_empty() => lines.push(TextLine::new(Tone::Open, "It has no checks.")),
        Some(checks) => {
            let order = [CheckState::Failure, CheckState::Pending, CheckState::Unknown, CheckState::Success, CheckState::Neutral];
            for state in order {
                let of_state: Vec<&str> = checks.iter().filter(|check| check.state == state).map(|check| &*check.name).collect();
                if of_state.is_empty() {
                    continue;
                }
                let (sign, word, tone) = words(state);
                lines.push(TextLine::new(Tone::Heading, format!("{} {word}", of_state.len())));
                lines.extend(of_state.into_iter().map(|name| TextLine::new(tone, format!("{sign} {name}"))));
            }
        }
    }
    Reader::new(format!("checks of {} at {}", change.name(), change.newest.short()), lines)
}

const fn words(state: CheckState) -> (&'static str, &'static str, Tone) {
    match state {
        CheckState::Failure => ("✖", "failed", Tone::Bad),
        CheckState::Pending => ("↻", "not over", Tone::Live),
        CheckState::Unknown => ("?", "not known", Tone::Open),
        CheckState::Success => ("✔", "succeeded", Tone::Good),
        CheckState::Neutral => ("·", "skipped or neutral", Tone::Plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader() -> Reader {
        let line = |at: usize| TextLine::new(if at.is_multiple_of(10) { Tone::Heading } else { Tone::Plain }, at.to_string());
        Reader::new("x".to_owned(), (0..40).map(line).collect())
    }

    #[test]
    fn it_is_scrolled_by_line_page_and_part_and_never_beyond_its_end() {
        let mut reader = reader();
        for (key, scroll) in [
            (Key::char('j'), 1),
            (Key::char('n'), 10),
            (Key::char(' '), 19),
            (Key::char('N'), 10),
            (Key::char('G'), 30),
            (Key::char('j'), 30),
            (Key::char('b'), 21),
            (Key::char('g'), 0),
            (Key::char('k'), 0),
            (Key::char('N'), 0),
        ] {
            assert!(reader.press(key, 10));
            assert_eq!(reader.scroll, scroll, "{key}");
        }
        assert!(!reader.press(Key::char('q'), 10));
    }

    #[test]
    fn what_lies_beyond_the_most_is_counted() {
        let reader = Reader::new("x".to_owned(), vec![TextLine::new(Tone::Plain, "x"); MOST + 7]);
        assert_eq!(reader.lines.len(), MOST + 1);
        assert!(reader.lines[MOST].text.contains("7 more lines"));
    }
}
