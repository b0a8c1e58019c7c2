//! What is wrong with an environment, in sentences: why it could not be read, why it is unwell.
//!
//! ```text
//! ━━ why ━ 2 sentences ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
//!  ! denied, tried 12s ago: ca-central-1 denies elasticbeanstalk:DescribeEvents
//!    to profile work: … ; ask for that permission
//!  ✖ 31 % of the requests are failing with HTTP 5xx.
//! ```
//!
//! In the heading they take what room there is; in the pane of their own they stand whole.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::environment_panes::pane_title;
use super::line::{Line, Pen, harmless};
use super::screen::key_name;
use super::text::{counted, wrap};
use super::theme::Role;
use super::view::View;
use super::words::{glyph, level_role};
use crate::app::command::CommandId;
use crate::app::environment::Pane;
use crate::model::environment::Environment;

/// The cells before a sentence: its sign and a blank.
const SIGN: usize = 2;

/// A sentence about what is wrong, harmless to show.
pub struct Sentence {
    sign: &'static str,
    role: Role,
    text: String,
}

impl Sentence {
    fn new(sign: &'static str, role: Role, text: String) -> Self {
        Self { sign, role, text: harmless(Cow::Owned(text)).into_owned() }
    }

    /// The sentence in at most so many lines.
    fn lines(&self, wide: usize, most: usize) -> impl Iterator<Item = Line<'static>> {
        let (sign, role) = (self.sign, self.role);
        wrap(&self.text, wide.saturating_sub(SIGN), most).into_iter().enumerate().map(move |(index, text)| {
            let before = if index == 0 { sign } else { " " };
            Line::own(before, role).and(" ", Role::Text).and(text, Role::Text)
        })
    }
}

/// Why it could not be read first, since that makes the rest old.
#[must_use]
pub fn sentences(view: &View<'_>, environment: &Environment<'_>) -> Vec<Sentence> {
    let faults = environment.faults().into_iter().map(|fault| {
        let text = format!("{}, tried {} ago: {}", fault.value.kind.word(), view.age(fault.at), fault.value.sentence);
        Sentence::new("!", Role::Fault, text)
    });
    let main = environment.word().map(|word| word.source);
    let causes = environment.causes().into_iter().map(|cause| {
        // Whose word the level is stands above; of any other it is said beside the cause.
        let beside = main != Some(cause.source);
        let from = if beside { format!(" · {} · {} ago", cause.source.word(), view.age(cause.at)) } else { String::new() };
        Sentence::new(glyph(cause.level), level_role(cause.level), format!("{}{from}", cause.text))
    });
    faults.chain(disagreement(view, environment)).chain(causes).collect()
}

/// What GitHub's record says, where something else runs.
fn disagreement(view: &View<'_>, environment: &Environment<'_>) -> Option<Sentence> {
    let told = environment.disagreement()?;
    let runs = environment.commit().map_or("another one", |commit| commit.short());
    let (source, recorded) = (told.value.stated.source.word(), told.value.sha.short());
    let text = format!("{source} says {recorded}, {runs} runs: what runs is believed · {} ago", view.age(told.at));
    Some(Sentence::new(super::version::DIFFERS, Role::Differs, text))
}

/// As much of these as so many lines hold, and whether that is all of it: each gets one line before any gets two.
#[must_use]
pub fn fitted(sentences: &[Sentence], wide: usize, room: usize) -> (Vec<Line<'static>>, bool) {
    let mut spare = room.saturating_sub(sentences.len());
    let mut whole = sentences.len() <= room;
    let mut lines = Vec::new();
    for sentence in sentences.iter().take(room) {
        let needed = sentence.lines(wide, usize::MAX).count().max(1);
        let given = needed.min(spare + 1);
        spare -= given - 1;
        whole &= given == needed;
        lines.extend(sentence.lines(wide, given));
    }
    (lines, whole)
}

/// The key that leads from the pane that has the keys to this one.
#[must_use]
pub fn key_to_read(view: &View<'_>) -> Option<String> {
    let command = match view.state.environment_screen.pane {
        Pane::Instances => CommandId::PreviousPane,
        Pane::Events => CommandId::NextPane,
        Pane::Why => return None,
    };
    view.state.keymap.keys(command).first().copied().map(key_name)
}

/// Draws every sentence whole.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, environment: &Environment<'_>) {
    let sentences = sentences(view, environment);
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let wide = usize::from(inner.width);
    let lines: Vec<Line<'_>> = sentences.iter().flat_map(|sentence| sentence.lines(wide, usize::MAX)).collect();
    let room = usize::from(area.height).saturating_sub(1);
    let scroll = view.state.environment_screen.scroll.min(lines.len().saturating_sub(room));
    let mut about = vec![(90, Line::own(counted(sentences.len(), "sentence", "sentences"), Role::Faint))];
    if lines.len() > room {
        about.push((100, Line::own(format!("{}–{} of {} lines", scroll + 1, scroll + room, lines.len()), Role::Faint)));
    }
    pane_title(pen, area, "why", true, about);
    if lines.is_empty() {
        pen.line(inner, 1, 0, Line::own("Nothing is wrong any more.", Role::Text));
    }
    for (down, line) in lines.into_iter().skip(scroll).take(room).enumerate() {
        pen.line(inner, down + 1, 0, line);
    }
}
