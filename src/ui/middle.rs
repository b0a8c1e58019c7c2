//! Sentences in the middle of a screen that has no rows: why, and what to do next.
//!
//! ```text
//!            ✖ default: there are no credentials for the default profile: run `aws configure` …
//!
//!            ⏎ runs `aws sso login`: the terminal is lent to it.
//!            → quarterdeck doctor says what is missing.
//! ```

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::line::{Line, Pen};
use super::text::wrap;
use super::theme::Role;

/// The widest line.
const WIDEST: usize = 90;
/// At most so many lines for one sentence.
const LINES: usize = 4;

/// A sentence with the sign before it. Not yet safe to show: whoever draws it makes it so.
pub struct Said {
    sign: Cow<'static, str>,
    role: Role,
    text: String,
}

impl Said {
    /// Something that is wrong.
    pub fn fault(text: impl Into<String>) -> Self {
        Self { sign: "✖".into(), role: Role::Fault, text: text.into() }
    }

    /// How things stand.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { sign: "".into(), role: Role::Text, text: text.into() }
    }

    /// What one may do about it.
    pub fn step(text: impl Into<String>) -> Self {
        Self { sign: "→".into(), role: Role::Faint, text: text.into() }
    }

    /// What a key does about it.
    pub fn key(sign: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self { sign: sign.into(), role: Role::Key, text: text.into() }
    }

    /// Whether it is told in a block with those before it.
    fn is_next(&self) -> bool {
        matches!(self.role, Role::Faint | Role::Key)
    }
}

/// Draws them, left-aligned, the whole of them in the middle. What to do next stands together; where there is too
/// little room, the blank lines go first.
pub fn draw(pen: &mut Pen<'_>, area: Rect, said: &[Said]) {
    let room = usize::from(area.width).saturating_sub(8).min(WIDEST);
    let high = usize::from(area.height);
    let spread = lines(said, room, true);
    let lines = if spread.len() > high { lines(said, room, false) } else { spread };
    let top = high.saturating_sub(lines.len()) / 2;
    let widest = lines.iter().map(Line::width).max().unwrap_or(0);
    let left = usize::from(area.width).saturating_sub(widest) / 2;
    for (index, line) in lines.into_iter().take(high).enumerate() {
        pen.line(area, top + index, left, line);
    }
}

fn lines(said: &[Said], room: usize, is_spread: bool) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut before: Option<&Said> = None;
    for one in said {
        let is_one_block = before.is_some_and(|before| before.is_next() && one.is_next());
        if is_spread && before.is_some() && !is_one_block {
            lines.push(Line::new());
        }
        for (index, text) in wrap(&one.text, room, LINES).into_iter().enumerate() {
            let sign = match (&*one.sign, index) {
                ("", _) => String::new(),
                (sign, 0) => format!("{sign} "),
                (_, _) => "  ".to_owned(),
            };
            lines.push(Line::own(sign, one.role).and_foreign(text, Role::Text));
        }
        before = Some(one);
    }
    lines
}
