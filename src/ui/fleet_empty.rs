//! What stands in the middle of the Fleet screen while there are no rows.
//!
//! ```text
//!            ✖ eu-west-1 cannot be reached: the name does not resolve.
//!
//!            reading us-west-1, ca-central-1 …
//! ```
//!
//! An empty table is never shown: it would say that there is nothing.

use std::collections::BTreeMap;

use ratatui::layout::Rect;

use super::first_steps::{self, Standing};
use super::line::Pen;
use super::middle::{self, Said};
use super::troubles::{self, place};
use super::view::View;
use crate::app::command::CommandId;
use crate::model::sighting::{Question, Scope};
use crate::model::trouble::{About, Trouble};

/// Draws the sentences.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    middle::draw(pen, area, &sentences(view));
}

/// What there is to say: what is wrong, how far the reading is, what to do next.
fn sentences(view: &View<'_>) -> Vec<Said> {
    let state = view.state;
    if state.fleet_screen.counts.total > 0 {
        return vec![nothing_fits(view)];
    }
    let is_told = |trouble: &Trouble<'_>| !matches!(trouble.about, About::Scope(Question::Events, _));
    let troubles: Vec<Trouble<'_>> = troubles::all(view).into_iter().filter(is_told).collect();
    let mut said: Vec<Said> = faults(view, &troubles);
    let (mut waiting, mut empty) = (Vec::new(), Vec::new());
    for scope in state.reading.scopes.iter().flatten() {
        match listing(view, scope) {
            Listing::Waiting => waiting.push(place(scope)),
            Listing::Empty => empty.push(place(scope)),
            Listing::Failed => {}
        }
    }
    let is_known = state.reading.scopes.is_some();
    said.push(Said::plain(match (is_known, said.is_empty()) {
        (false, true) => "finding regions …".to_owned(),
        _ if !waiting.is_empty() => format!("reading {} …", some_of(&waiting)),
        _ if !empty.is_empty() => format!("No environment was found in {}.", some_of(&empty)),
        (true, true) => "There is no region to read: name some in the configuration.".to_owned(),
        (_, false) => first_steps::again(view),
    }));
    empty.sort();
    empty.dedup();
    let is_waiting = !is_known || !waiting.is_empty();
    said.extend(first_steps::of(view, &Standing { troubles: &troubles, is_waiting, empty: &empty }));
    said
}

/// Every fault once: where many regions fail in the same words, they are one.
fn faults(view: &View<'_>, troubles: &[Trouble<'_>]) -> Vec<Said> {
    let several = view.state.reading.connections.len() > 1;
    let mut alike: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for trouble in troubles {
        if let Some(region) = region(trouble) {
            alike.entry(words(trouble, region)).or_default().push(region.to_owned());
        }
    }
    let mut said = Vec::new();
    for trouble in troubles {
        let same = region(trouble).map(|region| words(trouble, region)).and_then(|words| alike.remove(&words));
        match (region(trouble), same) {
            (Some(_), Some(regions)) if regions.len() > 1 => {
                said.push(Said::fault(of_each(trouble, &regions)));
            }
            (Some(_), Some(_)) | (None, _) => said.push(Said::fault(troubles::in_full(trouble, several))),
            // Told with the first of its kind.
            (Some(_), None) => {}
        }
    }
    said
}

/// What several regions have alike: the fact first, then where.
fn of_each(trouble: &Trouble<'_>, regions: &[String]) -> String {
    let rest = region(trouble).and_then(|region| trouble.fault.sentence.strip_prefix(region));
    match rest {
        Some(rest) => format!("each of {} regions{rest} ({})", regions.len(), some_of(regions)),
        None => format!("the same in {}, such as: {}", some_of(regions), trouble.fault),
    }
}

fn region<'t>(trouble: &Trouble<'t>) -> Option<&'t str> {
    match trouble.about {
        About::Scope(_, scope) => scope.region.as_ref().map(crate::model::id::Region::as_str),
        About::Connection { .. } | About::Regions => None,
    }
}

/// A trouble's way in, and its sentence without the name of its region.
fn words(trouble: &Trouble<'_>, region: &str) -> (String, String) {
    (trouble.connection.to_string(), trouble.fault.sentence.replace(region, "*"))
}

/// Why rows are missing though there are environments.
fn nothing_fits(view: &View<'_>) -> Said {
    let screen = &view.state.fleet_screen;
    let total = screen.counts.total;
    let filter = screen.filter_text.text();
    let unread = screen.counts.remembered;
    let (all, clears) = (first_steps::key(view, CommandId::FaultsOnly), first_steps::key(view, CommandId::Escape));
    let text = match (filter.is_empty(), screen.faults_only) {
        (true, _) if unread > 0 => {
            format!("Nothing is known to need a person, and {unread} of {total} environments were not read yet. {all} shows them.")
        }
        (true, _) => format!("Nothing needs a person: all {total} environments are well. {all} shows them."),
        (false, true) => format!("None of those that need a person fits \"{filter}\". {clears} clears the filter."),
        (false, false) => format!("None of {total} environments fits \"{filter}\". {clears} clears the filter."),
    };
    Said::plain(text)
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
