//! The Previews screen: what still runs of pull requests, and whether somebody needs it.

use std::sync::Arc;

use super::act::{Act, HERE, Motion, Refusal};
use super::command::CommandId;
use super::cursor::Cursor;
use super::history::Place;
use super::menu::{Choice, Item, Menu};
use super::state::{Size, State};
use crate::model::environment::{Environment, Need};
use crate::model::fault::{Fault, FaultKind};
use crate::model::fleet::Fleet;
use crate::model::id::{EnvironmentKey, PullNumber};
use crate::model::link::is_page;

/// The height of what is selected in full, its title included.
pub const DETAIL: usize = 4;

/// The headings of the table where it is copied.
pub const HEADINGS: [&str; 9] = ["preview", "app", "pull request", "state", "since", "version", "owner", "branch", "title"];

/// A preview, as it stands among the others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preview {
    /// The environment.
    pub key: EnvironmentKey,
    /// The number of its pull request.
    pub pull: Option<PullNumber>,
    /// Whether somebody needs it.
    pub need: Need,
}

/// The Previews screen.
#[derive(Debug, Default)]
pub struct PreviewsScreen {
    /// Every preview, in order.
    pub each: Vec<Preview>,
    /// Those that are shown, in order.
    pub rows: Vec<EnvironmentKey>,
    /// The selected one.
    pub cursor: Cursor<EnvironmentKey>,
    /// Whether only orphans are shown.
    pub orphans_only: bool,
}

impl PreviewsScreen {
    /// The preview of this key.
    #[must_use]
    pub fn get(&self, key: &EnvironmentKey) -> Option<&Preview> {
        self.each.iter().find(|preview| preview.key == *key)
    }

    /// How many are orphans.
    #[must_use]
    pub fn orphans(&self) -> usize {
        self.each.iter().filter(|preview| preview.need == Need::Orphan).count()
    }

    /// Works the rows out again.
    fn take(&mut self, each: Vec<Preview>, window: usize) {
        self.each = each;
        let shown = self.each.iter().filter(|preview| !self.orphans_only || preview.need == Need::Orphan);
        self.rows = shown.map(|preview| preview.key.clone()).collect();
        self.cursor.follow(&self.rows, window);
    }
}

/// Every preview there is: orphans first, then what is not known, the newest pull request first among equals.
#[must_use]
pub fn each(fleet: &Fleet, shut_out: Option<&Fault>) -> Vec<Preview> {
    let of = |environment: Environment<'_>| Preview {
        key: environment.key(),
        pull: environment.identity().and_then(|identity| identity.pull),
        need: environment.need(shut_out),
    };
    let mut each: Vec<Preview> = fleet.environments().filter(Environment::is_preview).map(of).collect();
    let newest_first = |preview: &Preview| std::cmp::Reverse(preview.pull.map(|pull| pull.0));
    each.sort_by(|a, b| (a.need.rank(), newest_first(a), &a.key).cmp(&(b.need.rank(), newest_first(b), &b.key)));
    each
}

/// Why GitHub answers nothing at all, where it does not accept the token or there is none.
#[must_use]
pub fn shut_out(state: &State) -> Option<&Fault> {
    let forge = &state.github.forge;
    let mut faults = forge.viewer.fault().into_iter().chain(forge.faults().map(|(_, fault)| fault));
    faults.find(|fault| fault.kind == FaultKind::Expired)
}

/// Rows of the table that fit: title, footer and headings take one each.
#[must_use]
pub fn window(size: Size) -> usize {
    usize::from(size.height).saturating_sub(3 + DETAIL)
}

/// Works the screen out again, if it is shown.
pub fn arrange(state: &mut State) {
    if *state.place() == Place::Previews {
        let each = each(&state.fleet, shut_out(state));
        let window = window(state.size);
        state.previews_screen.take(each, window);
    }
}

/// The selected preview, on the Previews screen.
#[must_use]
pub fn selected(state: &State) -> Option<&EnvironmentKey> {
    state.previews_screen.cursor.selected().filter(|_| *state.place() == Place::Previews)
}

/// Those on the screen: read before the rest.
pub(super) fn visible(state: &State) -> Vec<EnvironmentKey> {
    let screen = &state.previews_screen;
    screen.rows.iter().skip(screen.cursor.offset()).take(window(state.size)).cloned().collect()
}

/// What a command of this screen would do now.
///
/// # Errors
/// Why it can do nothing.
pub fn prepare(state: &State, id: CommandId) -> Result<Act, Refusal> {
    match id {
        CommandId::GoPreviews if *state.place() == Place::Previews => Err(HERE.into()),
        CommandId::GoPreviews => Ok(Act::Go(Place::Previews)),
        CommandId::OrphansOnly => Ok(Act::ToggleOrphans),
        CommandId::PullRequest => pull_request(state),
        _ => Err("that is for another screen".into()),
    }
}

/// What `Enter` does.
///
/// # Errors
/// When there is nothing to open.
pub fn open(state: &State) -> Result<Act, Refusal> {
    selected(state).map(|key| Act::Go(Place::Environment(key.clone()))).ok_or_else(|| "no preview is selected".into())
}

/// Where a person reads the pull request of a preview.
#[must_use]
pub fn page(state: &State, key: &EnvironmentKey) -> Option<Arc<str>> {
    let pull = state.fleet.get(key)?.pull()?.value;
    pull.url.clone().filter(|address| is_page(address))
}

fn pull_request(state: &State) -> Result<Act, Refusal> {
    let key = selected(state).ok_or("no preview is selected")?;
    let Some(address) = page(state, key) else {
        let need = state.previews_screen.get(key).map(|preview| &preview.need);
        return Err(match need {
            Some(Need::Unknown(doubt)) => doubt.sentence().into(),
            _ => "GitHub has not told where its pull request is read".into(),
        });
    };
    let item = Item { name: format!("pull request of {}", key.name).into(), detail: Arc::clone(&address), choice: Choice::Page(address) };
    Ok(Act::Menu(Menu {
        title: "pull request",
        note: "⏎ opens · c copies · esc closes",
        heading: String::new(),
        items: vec![item],
        at: 0,
        filter: None,
        takes: None,
    }))
}

/// Shows only orphans, or all again.
pub(super) const fn toggle_orphans(state: &mut State) {
    state.previews_screen.orphans_only = !state.previews_screen.orphans_only;
    state.stale_rows = true;
}

/// Moves the selection.
pub(super) fn move_selection(state: &mut State, motion: Motion) {
    let window = window(state.size);
    let screen = &mut state.previews_screen;
    let index = motion.apply(screen.cursor.index(), screen.rows.len(), window);
    screen.cursor.select(index, &screen.rows, window);
    // What is on the screen is read first, and may be others now.
    state.stale_rows = true;
}

/// The rows of the table where it is copied, and which one is selected. Nothing of them is safe to show yet.
#[must_use]
pub fn table(state: &State) -> (Vec<Vec<String>>, Option<usize>) {
    let screen = &state.previews_screen;
    let known = screen.rows.iter().filter_map(|key| Some((screen.get(key)?, state.fleet.get(key)?)));
    let at = screen.cursor.selected().and_then(|key| screen.rows.iter().position(|row| row == key));
    (known.map(|(preview, environment)| cells(preview, &environment)).collect(), at)
}

fn cells(preview: &Preview, environment: &Environment<'_>) -> Vec<String> {
    let pull = environment.pull().map(|told| told.value);
    let text = |value: Option<String>| value.unwrap_or_default();
    vec![
        preview.key.name.to_string(),
        environment.app().to_string(),
        text(preview.pull.map(|number| format!("#{number}"))),
        preview.need.word().to_owned(),
        text(environment.there_since().map(|at| at.strftime("%Y-%m-%d %H:%MZ").to_string())),
        text(environment.label().map(ToString::to_string)),
        text(pull.and_then(|pull| pull.author.as_ref()).map(ToString::to_string)),
        text(pull.and_then(|pull| pull.branch.as_ref()).map(ToString::to_string)),
        text(pull.map(|pull| pull.title.to_string())),
    ]
}
