//! How the person wants the Fleet: taken over at the start, chosen in dialogs, and kept for the next run.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::columns::{self, ColumnsDialog};
use super::dialog::{Dialog, Kind};
use super::event::Effect;
use super::filter::TextField;
use super::history::Place;
use super::key::Key;
use super::state::State;
use super::update::{apply_filter, say};
use super::views::{self, Item, ViewsDialog};
use crate::model::column::Column;
use crate::model::view::{Configured, MOST_VIEWS, Preferences, Sort, View};

/// What is configured and what was saved.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wishes {
    /// What the configuration says.
    configured: Configured,
    /// The views that were saved here.
    saved: Vec<View>,
    /// The theme that was chosen here, by its word; none where nobody has chosen one, or what is named at the start counts.
    theme: Option<Arc<str>>,
    /// Whether the configuration or a flag names the theme: then a choice is for this session.
    pub names_theme: bool,
    /// What was last handed on to be kept; none where nothing is kept: in the demo, and without a screen.
    kept: Option<Preferences>,
    /// How the Fleet was that has the keys, when it got them or was last changed. Each pane has one, and only what is
    /// changed by hand is how it is wanted.
    regarded: Preferences,
    /// What was changed by hand in a Fleet that has not the keys any more, until it is kept.
    noted: Option<Preferences>,
}

impl Wishes {
    /// The theme that was chosen in the console, where that counts at the start.
    #[must_use]
    pub fn theme(&self) -> Option<&str> {
        self.theme.as_deref().filter(|_| !self.names_theme)
    }
}

impl State {
    /// Begins with what is configured, and with what was kept of the last run. `kept`: none where nothing is kept.
    pub fn adopt(&mut self, configured: Configured, kept: Option<Preferences>) {
        let known = kept.clone().unwrap_or_default();
        self.fleet_screen.columns = known.columns.or_else(|| configured.columns.clone());
        self.fleet_screen.order = known.sort.map_or(self.fleet_screen.order, |sort| sort.0);
        self.fleet_screen.folds = known.folds.into_iter().collect();
        let names_theme = self.wishes.names_theme;
        self.wishes = Wishes { configured, saved: known.views, theme: known.theme, names_theme, kept, ..Wishes::default() };
        self.stale_rows = true;
        // What follows from what was kept is no change of it.
        self.wishes.kept = self.wishes.kept.take().map(|_| self.preferences());
        regard(self);
    }

    /// What there is to keep.
    #[must_use]
    pub fn preferences(&self) -> Preferences {
        let screen = &self.fleet_screen;
        Preferences {
            columns: screen.columns.clone().filter(|columns| Some(columns) != self.wishes.configured.columns.as_ref()),
            sort: Some(Sort(screen.order)),
            folds: screen.folds.iter().map(|(app, folded)| (app.clone(), *folded)).collect(),
            views: self.wishes.saved.clone(),
            theme: self.wishes.theme.clone(),
        }
    }
}

/// Notes which theme was chosen, and says for how long it is.
pub(super) fn choose_theme(state: &mut State, word: &Arc<str>) {
    let wishes = &mut state.wishes;
    let how_long = match (wishes.names_theme, &wishes.kept) {
        (true, _) => ", for this session: the next one begins with the one that is configured",
        (false, None) => ", for this session",
        (false, Some(_)) => "",
    };
    if !wishes.names_theme {
        wishes.theme = Some(Arc::clone(word));
    }
    // What is kept is compared when rows are worked out.
    state.stale_rows = true;
    say(state, &format!("the theme is {word}{how_long}"), false);
}

/// Takes the Fleet that has the keys now as nobody's change: only what differs from this is kept.
pub(super) fn regard(state: &mut State) {
    state.wishes.regarded = state.preferences();
}

fn has_same_fleet(one: &Preferences, other: &Preferences) -> bool {
    (&one.columns, one.sort, &one.folds) == (&other.columns, other.sort, &other.folds)
}

/// Takes note of what was changed by hand, before another Fleet has the keys: it is kept with the next frame.
pub(super) fn note(state: &mut State) {
    if let Some(changed) = changed(state) {
        state.wishes.noted = Some(changed);
        state.stale_rows = true;
    }
}

/// What is to be kept, where it changed.
pub(super) fn keep(state: &mut State) -> Option<Effect> {
    let noted = state.wishes.noted.take();
    changed(state).or(noted).map(|changed| Effect::Prefer(Box::new(changed)))
}

fn changed(state: &mut State) -> Option<Preferences> {
    let kept = state.wishes.kept.as_ref()?;
    let mut now = state.preferences();
    let is_changed = *state.place() == Place::Fleet && !has_same_fleet(&now, &state.wishes.regarded);
    if !is_changed {
        let Preferences { columns, sort, folds, .. } = kept.clone();
        now = Preferences { columns, sort, folds, ..now };
    }
    if *kept == now {
        return None;
    }
    if is_changed {
        state.wishes.regarded = now.clone();
    }
    state.wishes.kept = Some(now.clone());
    Some(now)
}

/// Opens the dialog of columns.
pub(super) fn choose_columns(state: &mut State) {
    let dialog = ColumnsDialog::new(&state.fleet_screen, state.wishes.configured.columns.clone());
    state.dialog = Some(Dialog::new(Kind::Columns(Box::new(dialog))));
}

/// A key in that dialog.
pub(super) fn press_in_columns(state: &mut State, key: Key) {
    let Some(Dialog { kind: Kind::Columns(dialog), .. }) = &mut state.dialog else { return };
    let pressed = dialog.press(key);
    state.fleet_screen.columns = if pressed == columns::Pressed::Undone { dialog.before() } else { dialog.chosen() };
    if pressed != columns::Pressed::On {
        state.dialog = None;
    }
    keep_a_shown_column(state);
    state.stale_rows = true;
}

/// The selected column is one of those that are shown.
fn keep_a_shown_column(state: &mut State) {
    let screen = &mut state.fleet_screen;
    if let Some(columns) = &screen.columns
        && !columns.iter().any(|shown| shown.column == screen.column)
    {
        screen.column = Column::Environment;
    }
}

/// Opens the dialog of views.
pub(super) fn choose_view(state: &mut State) {
    let item = |is_configured: bool| move |view: &View| Item { view: view.clone(), is_configured };
    let configured = state.wishes.configured.views.iter().map(item(true));
    let is_ours = |view: &&View| !state.wishes.configured.views.iter().any(|other| other.name == view.name);
    let saved = state.wishes.saved.iter().filter(is_ours).map(item(false));
    let dialog = ViewsDialog::new(configured.chain(saved).collect());
    state.dialog = Some(Dialog::new(Kind::Views(Box::new(dialog))));
}

/// A key in that dialog.
pub(super) fn press_in_views(state: &mut State, key: Key) {
    let Some(Dialog { kind: Kind::Views(dialog), .. }) = &mut state.dialog else { return };
    match dialog.press(key) {
        views::Pressed::On => return,
        views::Pressed::Closed => {}
        views::Pressed::Chosen(view) => show(state, &view),
        views::Pressed::Saved(name) => save(state, &name),
        views::Pressed::Removed(name) => {
            state.wishes.saved.retain(|view| view.name != name);
            say(state, &format!("the view {name} is taken away"), false);
        }
    }
    state.dialog = None;
    state.stale_rows = true;
}

/// Shows the Fleet as this view says.
fn show(state: &mut State, view: &View) {
    let usual = state.wishes.configured.columns.clone();
    let screen = &mut state.fleet_screen;
    screen.filter_text = TextField::with(&view.filter);
    screen.editing_filter = false;
    screen.order = view.sort.0;
    screen.faults_only = view.faults_only;
    screen.columns = view.columns.clone().or(usual);
    screen.folds = view.folds.iter().map(|(app, folded)| (app.clone(), *folded)).collect();
    keep_a_shown_column(state);
    apply_filter(state);
    say(state, &format!("the view {}", view.name), false);
}

/// Saves what is shown.
fn save(state: &mut State, name: &Arc<str>) {
    let screen = &state.fleet_screen;
    let view = View {
        filter: screen.filter_text.text().into(),
        sort: Sort(screen.order),
        faults_only: screen.faults_only,
        columns: screen.columns.clone(),
        folds: screen.folds.iter().map(|(app, folded)| (app.clone(), *folded)).collect::<BTreeMap<_, _>>(),
        ..View::named(Arc::clone(name))
    };
    let saved = &mut state.wishes.saved;
    let has_room = saved.len() < MOST_VIEWS;
    match saved.iter_mut().find(|other| other.name == *name) {
        Some(other) => *other = view,
        None if has_room => saved.push(view),
        None => {
            say(state, &format!("{MOST_VIEWS} views are saved already: take one away first (ctrl-x)"), true);
            return;
        }
    }
    let where_to = if state.wishes.kept.is_some() { "" } else { " for this session" };
    say(state, &format!("saved as {name}{where_to}"), false);
}
