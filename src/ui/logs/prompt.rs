//! What is typed, what the keys do meanwhile, and what stands where there is no line.

use ratatui::layout::Rect;

use super::Scene;
use crate::app::key::{Code, Key};
use crate::app::logs::find::Search;
use crate::app::logs::markers::thousands;
use crate::app::logs::prompt::Prompt;
use crate::app::logs::saving::Extent;
use crate::app::state::State;
use crate::ui::line::{Line, Pen};
use crate::ui::overlay::text_field;
use crate::ui::screen::key_name;
use crate::ui::text::wrap;
use crate::ui::theme::Role;

/// Draws what is being typed.
pub fn draw(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect) {
    let (screen, buffer) = (scene.screen, &scene.stream.buffer);
    let (sign, field, tail) = match &screen.prompt {
        None => return,
        Some(Prompt::Filter) => {
            let tail = match (&screen.narrowing.error, screen.narrowing.matches()) {
                (Some(why), _) => Line::foreign(why.as_str(), Role::Fault),
                (None, Some(matches)) => {
                    let lines = matches.len().saturating_sub(matches.notes_shown(buffer));
                    Line::own(format!("{} of {} lines", thousands(lines as u64), thousands(buffer.lines() as u64)), Role::Faint)
                }
                (None, None) => Line::own(format!("{} lines", thousands(buffer.lines() as u64)), Role::Faint),
            };
            (" & ", &screen.narrowing.text, tail)
        }
        Some(Prompt::Search { text, error, .. }) => {
            let found = screen.search.as_ref().map(Search::found);
            let tail = match (error, found) {
                (Some(why), _) => Line::foreign(why.as_str(), Role::Fault),
                (None, Some(found)) => Line::own(format!("{} found", thousands(found as u64)), Role::Faint),
                (None, None) => Line::new(),
            };
            (" / ", text, tail)
        }
        Some(Prompt::Save { extent, path }) => {
            let what = if *extent == Extent::Shown { "what is shown" } else { "everything" };
            (" save to ", path, Line::own(format!("{what}; an existing file is left alone"), Role::Faint))
        }
    };
    let start = pen.line_at_end(area, 0, 1, tail.cut(usize::from(area.width) / 2));
    let room = Rect { width: area.width.min(u16::try_from(start.saturating_sub(1)).unwrap_or(area.width)), ..area };
    text_field(scene.view, pen, room, &Line::own(sign, Role::Key), field.around_cursor(), Role::Strong, true);
}

/// What the keys do while something is typed, or while the sources are chosen among.
#[must_use]
pub fn hints(state: &State) -> Option<Vec<(u8, Line<'static>)>> {
    if !crate::app::logs::update::takes_keys(state) {
        return None;
    }
    let (enter, escape) = (key_name(Key::of(Code::Enter)), key_name(Key::of(Code::Esc)));
    let hints: Vec<(u8, String, &'static str)> = match &state.logs.screen.prompt {
        Some(Prompt::Filter) => vec![
            (100, enter, "keep"),
            (90, escape, "clear"),
            (70, "!word".to_owned(), "leaves out"),
            (60, "\"two words\"".to_owned(), "as one"),
            (50, "level:warn".to_owned(), "or worse"),
        ],
        Some(Prompt::Search { .. }) => {
            vec![(100, enter, "keep"), (90, escape, "go back"), (70, "n N".to_owned(), "then the next, the one before")]
        }
        Some(Prompt::Save { .. }) => vec![(100, enter, "save"), (90, escape, "cancel")],
        None => vec![
            (100, "space".to_owned(), "follow, show"),
            (90, "o".to_owned(), "only this"),
            (80, "x".to_owned(), "hide the list"),
            (70, escape, "back to the lines"),
        ],
    };
    Some(hints.into_iter().map(|(worth, key, word)| (worth, Line::own(key, Role::Key).and(format!(" {word}"), Role::Faint))).collect())
}

/// What is said where a reader has paused for so long that what stood there has made room for newer lines.
pub fn gone(scene: &Scene<'_>) -> Option<String> {
    let (buffer, paused) = (&scene.stream.buffer, scene.screen.paused?);
    let all = thousands(buffer.lines() as u64);
    let is_gone = buffer.span().is_some_and(|(oldest, _)| oldest > paused);
    is_gone
        .then(|| format!("Every line from before the pause has been thrown away for newer ones: p goes on with the {all} that are kept."))
}

/// What stands where there is no line to show: what is awaited, or why there is none.
pub fn nothing(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect) {
    let (stream, screen) = (scene.stream, scene.screen);
    let mut told: Vec<(String, Role)> = Vec::new();
    if stream.buffer.lines() > 0 {
        let all = thousands(stream.buffer.lines() as u64);
        let sentence = if let Some(sentence) = gone(scene) {
            sentence
        } else if screen.narrowing.is_working(&stream.buffer) {
            format!("Looking through {all} lines …")
        } else {
            format!("None of the {all} lines is shown: a sets the filter aside, & changes it, esc clears it.")
        };
        told.push((sentence, Role::Text));
    } else if stream.chosen.is_empty() {
        told.push(("Nothing is followed.".to_owned(), Role::Text));
    } else {
        let since = stream.since.timestamp().strftime("%H:%M:%SZ");
        told.push((format!("No line since {since} yet: looking …"), Role::Text));
    }
    told.extend(stream.unfollowed.values().map(|why| (format!("! {why}"), Role::Fault)));
    let wide = usize::from(area.width).saturating_sub(6).min(90);
    let lines: Vec<(String, Role)> =
        told.into_iter().flat_map(|(sentence, role)| wrap(&sentence, wide, 4).into_iter().map(move |line| (line, role))).collect();
    let top = usize::from(area.height).saturating_sub(lines.len()) / 3;
    for (down, (line, role)) in lines.into_iter().take(usize::from(area.height)).enumerate() {
        pen.line(area, top + down, 3, Line::foreign(line, role));
    }
}
