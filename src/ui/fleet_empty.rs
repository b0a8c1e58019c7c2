//! What stands in the middle of the Fleet screen while there are no rows.
//!
//! ```text
//!            ✖ eu-west-1 cannot be reached: the name does not resolve.
//!
//!            reading us-west-1, ca-central-1 …
//! ```
//!
//! An empty table is never shown: it would say that there is nothing.

use ratatui::layout::Rect;

use super::line::{Line, Pen};
use super::text::wrap;
use super::theme::Role;
use super::troubles::{self, place};
use super::view::View;
use crate::model::sighting::{Question, Scope};
use crate::model::trouble::About;

/// What follows a fault.
const AGAIN: &str = "It is tried again by itself; ctrl-r tries now.";
/// At most so many lines for one fault.
const LINES: usize = 4;

/// Draws the sentences, left-aligned, the whole of them in the middle.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let room = usize::from(area.width).saturating_sub(8).min(90);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (sign, role, text) in sentences(view) {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        for (index, line) in wrap(&text, room, LINES).into_iter().enumerate() {
            let before = match (sign, index) {
                ("", _) => String::new(),
                (sign, 0) => format!("{sign} "),
                (_, _) => "  ".to_owned(),
            };
            lines.push(Line::own(before, role).and(line, Role::Text));
        }
    }
    let top = usize::from(area.height).saturating_sub(lines.len()) / 2;
    let widest = lines.iter().map(Line::width).max().unwrap_or(0);
    let left = usize::from(area.width).saturating_sub(widest) / 2;
    for (index, line) in lines.into_iter().enumerate() {
        pen.line(area, top + index, left, line);
    }
}

/// What there is to say: a sign, its role, a sentence.
fn sentences(view: &View<'_>) -> Vec<(&'static str, Role, String)> {
    let state = view.state;
    let screen = &state.fleet_screen;
    if screen.counts.total > 0 {
        return vec![nothing_fits(view)];
    }
    let several = state.reading.connections.len() > 1;
    let faults = troubles::all(view).into_iter().filter(|trouble| !matches!(trouble.about, About::Scope(Question::Events, _)));
    let mut said: Vec<(&'static str, Role, String)> =
        faults.map(|trouble| ("✖", Role::Fault, troubles::in_full(&trouble, several))).collect();
    let Some(scopes) = &state.reading.scopes else {
        let then = if said.is_empty() { "finding regions …" } else { AGAIN };
        said.push(("", Role::Text, then.to_owned()));
        return said;
    };
    let (mut waiting, mut empty) = (Vec::new(), Vec::new());
    for scope in scopes {
        match listing(view, scope) {
            Listing::Waiting => waiting.push(place(scope)),
            Listing::Empty => empty.push(place(scope)),
            Listing::Failed => {}
        }
    }
    if !waiting.is_empty() {
        said.push(("", Role::Text, format!("reading {} …", some_of(&waiting))));
    } else if !empty.is_empty() {
        said.push(("", Role::Text, format!("No environment was found in {}.", some_of(&empty))));
    } else if said.is_empty() {
        said.push(("", Role::Text, "There is no region to read: name some in the configuration.".to_owned()));
    } else {
        said.push(("", Role::Text, AGAIN.to_owned()));
    }
    said
}

/// Why rows are missing though there are environments.
fn nothing_fits(view: &View<'_>) -> (&'static str, Role, String) {
    let screen = &view.state.fleet_screen;
    let total = screen.counts.total;
    let filter = screen.filter_text.text();
    let unread = screen.counts.remembered;
    let text = match (filter.is_empty(), screen.faults_only) {
        (true, _) if unread > 0 => {
            format!("Nothing is known to need a person, and {unread} of {total} environments were not read yet. z shows them.")
        }
        (true, _) => format!("Nothing needs a person: all {total} environments are well. z shows them."),
        (false, true) => format!("None of those that need a person fits \"{filter}\". Esc clears the filter."),
        (false, false) => format!("None of {total} environments fits \"{filter}\". Esc clears the filter."),
    };
    ("", Role::Text, text)
}

/// How far the listing of a scope is.
enum Listing {
    Waiting,
    Empty,
    Failed,
}

fn listing(view: &View<'_>, scope: &Scope) -> Listing {
    let ours = view.state.fleet.sources().find(|(source, _)| source.question == Question::Listing && *source.scope == *scope);
    match ours.map(|(_, source)| (source.current_fault(), source.answered)) {
        Some((Some(_), _)) => Listing::Failed,
        Some((None, Some(_))) => Listing::Empty,
        Some((None, None)) | None => Listing::Waiting,
    }
}

/// A few names, and how many more there are.
fn some_of(names: &[String]) -> String {
    let mut named: Vec<String> = names.to_vec();
    named.sort();
    named.dedup();
    let more = named.len().saturating_sub(5);
    named.truncate(5);
    let list = named.join(", ");
    if more > 0 { format!("{list} and {more} more") } else { list }
}
