//! The Properties screen: which environment properties one environment has, and how the app's other environments stand
//! to it. No value is known here but the one that a person has asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::act::{Act, Motion, Refusal};
use super::command::CommandId;
use super::cursor::Cursor;
use super::event::{Attention, Effect};
use super::fleet::Row as FleetRow;
use super::history::Place;
use super::notice;
use super::state::{Size, State};
use crate::model::clock::{Timestamp, seconds_since};
use crate::model::environment::{Environment, Told};
use crate::model::fault::Fault;
use crate::model::fleet::Fleet;
use crate::model::id::{EnvironmentKey, Platform};
use crate::model::property::{Properties, Property, PropertyKey, Standing, Value, compare};
use crate::model::sighting::{Question, Scope};

/// The height of what is selected in full, its title included.
pub const DETAIL: usize = 5;

/// For how long a value that was asked for is shown, in seconds.
pub const SHOWN_SECONDS: u64 = 60;

/// How old what is known of the other environments may be, in seconds: they are read to compare, not to watch.
const FRESH_SECONDS: u64 = 300;

/// The headings of the table where it is copied.
pub const HEADINGS: [&str; 3] = ["property", "here", "elsewhere"];

/// One property, and how the other environments stand to this one in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its name; not yet safe to show.
    pub name: Arc<str>,
    /// What this environment has; none where only others have it.
    pub own: Option<Property>,
    /// In how many others it has the same value, or is absent as here.
    pub same: usize,
    /// In how many others it has another value.
    pub differs: usize,
    /// How many have it though it is absent here, or do not have it though it is set here.
    pub one_has: usize,
    /// In how many others it cannot be told whether it is the same.
    pub not_compared: usize,
}

impl Row {
    /// Whether some environment is known to stand otherwise than this one.
    #[must_use]
    pub const fn is_different(&self) -> bool {
        self.differs + self.one_has > 0
    }
}

/// The Properties screen.
#[derive(Clone, Debug, Default)]
pub struct PropertiesScreen {
    /// Every property of the app, by name.
    pub each: Vec<Row>,
    /// The names of those that are shown, in order.
    pub rows: Vec<Arc<str>>,
    /// The selected one.
    pub cursor: Cursor<Arc<str>>,
    /// Whether only what differs is shown.
    pub different_only: bool,
    /// How many other environments the app has.
    pub others: usize,
    /// Of how many of them the properties were read.
    pub read: usize,
    /// When the oldest of what is compared was read.
    pub oldest: Option<Timestamp>,
}

impl PropertiesScreen {
    /// The property of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Row> {
        self.each.binary_search_by(|row| (*row.name).cmp(name)).ok().and_then(|at| self.each.get(at))
    }

    fn take(&mut self, compared: Compared, window: usize) {
        Compared { each: self.each, others: self.others, read: self.read, oldest: self.oldest } = compared;
        let shown = self.each.iter().filter(|row| !self.different_only || row.is_different());
        self.rows = shown.map(|row| Arc::clone(&row.name)).collect();
        self.cursor.follow(&self.rows, window);
    }
}

/// The one value that may be on the screen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Revealed {
    /// None.
    #[default]
    Nothing,
    /// Somebody has asked for it.
    Asked(PropertyKey),
    /// It is shown, since then.
    Shown(PropertyKey, Value, Timestamp),
}

impl Revealed {
    /// The value of this property of this environment, where it is the one that is shown.
    #[must_use]
    pub fn of(&self, environment: &EnvironmentKey, name: &str) -> Option<&Value> {
        match self {
            Self::Shown(key, value, _) if key.environment == *environment && *key.name == *name => Some(value),
            _ => None,
        }
    }

    /// Whether it was asked for and is not here yet.
    #[must_use]
    pub fn awaits(&self, environment: &EnvironmentKey, name: &str) -> bool {
        matches!(self, Self::Asked(key) if key.environment == *environment && *key.name == *name)
    }

    /// For how many seconds the value is still shown, where one is.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> Option<u64> {
        let Self::Shown(_, _, since) = self else { return None };
        Some(SHOWN_SECONDS.saturating_sub(seconds_since(*since, now)))
    }

    const fn key(&self) -> Option<&PropertyKey> {
        match self {
            Self::Nothing => None,
            Self::Asked(key) | Self::Shown(key, _, _) => Some(key),
        }
    }
}

/// The other environments of its app that have properties.
fn others<'a>(fleet: &'a Fleet, of: &Environment<'_>) -> impl Iterator<Item = Environment<'a>> + use<'a> {
    let (key, app) = (of.key(), of.app());
    fleet
        .environments()
        .filter(move |other| other.key().platform == Platform::Beanstalk && other.key() != key && !other.is_unseen() && other.app() == app)
}

/// All properties of an app, as one of its environments sees them.
struct Compared {
    each: Vec<Row>,
    others: usize,
    read: usize,
    oldest: Option<Timestamp>,
}

fn compared(fleet: &Fleet, key: &EnvironmentKey) -> Compared {
    let nothing = Compared { each: Vec::new(), others: 0, read: 0, oldest: None };
    let Some(environment) = fleet.get(key) else { return nothing };
    let others: Vec<Environment<'_>> = others(fleet, &environment).collect();
    let told: Vec<Told<&Properties>> = others.iter().filter_map(Environment::properties).collect();
    let (all, read) = (others.len(), told.len());
    // What only others have is absent here, as long as it is known what this one has.
    let Some(own) = environment.properties() else { return Compared { others: all, read, ..nothing } };
    let oldest = told.iter().map(|told| told.at).chain([own.at]).min();
    let theirs: Vec<&Properties> = told.into_iter().map(|told| told.value).collect();
    let names: BTreeSet<&Arc<str>> = own.value.keys().chain(theirs.iter().flat_map(|other| other.keys())).collect();
    let each = names.into_iter().map(|name| row(name, own.value.get(name), &theirs)).collect();
    Compared { each, others: all, read, oldest }
}

fn row(name: &Arc<str>, own: Option<&Property>, others: &[&Properties]) -> Row {
    let mut row = Row { name: Arc::clone(name), own: own.copied(), same: 0, differs: 0, one_has: 0, not_compared: 0 };
    for other in others {
        *match standing(own, other.get(name)) {
            Standing::Same => &mut row.same,
            Standing::Differs => &mut row.differs,
            Standing::OneHas => &mut row.one_has,
            Standing::NotCompared => &mut row.not_compared,
        } += 1;
    }
    row
}

/// Both without it stand the same.
fn standing(own: Option<&Property>, other: Option<&Property>) -> Standing {
    if own.is_none() && other.is_none() { Standing::Same } else { compare(own, other) }
}

/// How each other environment stands to this one in a property; none of those that were not read.
#[must_use]
pub fn each_other(fleet: &Fleet, key: &EnvironmentKey, name: &str) -> Vec<(EnvironmentKey, Option<Standing>)> {
    let Some(environment) = fleet.get(key) else { return Vec::new() };
    let own = environment.properties().and_then(|told| told.value.get(name));
    let of = |other: Environment<'_>| (other.key(), other.properties().map(|told| standing(own, told.value.get(name))));
    others(fleet, &environment).map(of).collect()
}

/// Why its properties cannot be read, where that failed; else why those of one that they are compared with cannot be.
#[must_use]
pub fn fault<'a>(state: &'a State, key: &EnvironmentKey) -> Option<&'a Fault> {
    let environment = state.fleet.get(key)?;
    let of = |it: &Environment<'a>| it.fault_of(Question::Properties).map(|told| told.value);
    of(&environment).or_else(|| others(&state.fleet, &environment).find_map(|other| of(&other)))
}

/// Rows of the table that fit: title, headings and footer take one each.
#[must_use]
pub fn window(size: Size) -> usize {
    usize::from(size.height).saturating_sub(3 + DETAIL)
}

/// Works the screen out again, if it is shown.
pub(super) fn arrange(state: &mut State) {
    if let Place::Properties(key) = state.history.current() {
        let compared = compared(&state.fleet, key);
        let window = window(state.size);
        state.properties_screen.take(compared, window);
    }
}

/// Those of another environment are shown: from the first on.
pub(super) fn arrive(state: &mut State) {
    let different_only = state.properties_screen.different_only;
    state.properties_screen = PropertiesScreen { different_only, ..PropertiesScreen::default() };
}

/// This environment is read, and the others of its app unless they were lately.
pub(super) fn attention(state: &State, key: &EnvironmentKey) -> Attention {
    let Some(environment) = state.fleet.get(key) else { return Attention::default() };
    let is_old = |other: &Environment<'_>| {
        let read = other.properties().map(|told| told.at);
        let is_before = |at: Timestamp| state.reading_at.is_some_and(|asked| at < asked);
        read.is_none_or(|at| is_before(at) || seconds_since(at, state.now) > FRESH_SECONDS)
    };
    let old = others(&state.fleet, &environment).filter(is_old);
    let with_group = |of: Environment<'_>| Some((of.key(), of.identity()?.app.clone()));
    let own = with_group(environment);
    Attention { compared: own.into_iter().chain(old.filter_map(with_group)).collect(), ..Attention::default() }
}

/// Moves the selection.
pub(super) fn move_selection(state: &mut State, motion: Motion) {
    let window = window(state.size);
    let screen = &mut state.properties_screen;
    let index = motion.apply(screen.cursor.index(), screen.rows.len(), window);
    screen.cursor.select(index, &screen.rows, window);
}

/// Shows only what differs, or all again.
pub(super) const fn toggle_different(state: &mut State) {
    state.properties_screen.different_only = !state.properties_screen.different_only;
    state.stale_rows = true;
}

/// What a command of this screen would do now.
///
/// # Errors
/// Why it can do nothing.
pub fn prepare(state: &State, id: CommandId) -> Result<Act, Refusal> {
    match id {
        CommandId::Properties => there(state),
        CommandId::Reveal => reveal(state),
        CommandId::DifferentOnly => Ok(Act::ToggleDifferent),
        _ => Err("that is for another screen".into()),
    }
}

/// The properties of the environment that is open or selected.
fn there(state: &State) -> Result<Act, Refusal> {
    let selected = (state.place(), state.fleet_screen.cursor.selected());
    let ((Place::Environment(key), _) | (Place::Fleet, Some(FleetRow::Environment(key)))) = selected else {
        return Err("select an environment: a heading has no properties".into());
    };
    if key.platform != Platform::Beanstalk {
        return Err(format!("{} has no environment properties: only Elastic Beanstalk keeps them", key.name).into());
    }
    Ok(Act::Go(Place::Properties(key.clone())))
}

fn selected(state: &State) -> Option<PropertyKey> {
    let Place::Properties(key) = state.place() else { return None };
    let name = state.properties_screen.cursor.selected()?;
    let group = state.fleet.get(key)?.identity()?.app.clone();
    Some(PropertyKey { environment: key.clone(), group, name: Arc::clone(name) })
}

/// Asks for the value of the selected property, or hides it again.
fn reveal(state: &State) -> Result<Act, Refusal> {
    let key = selected(state).ok_or("no property is selected")?;
    if state.revealed.key() == Some(&key) {
        return Ok(Act::Hide);
    }
    if state.properties_screen.get(&key.name).is_none_or(|row| row.own.is_none()) {
        return Err(format!("{} is not set in {}", key.name, key.environment.name).into());
    }
    let listing = state.fleet.get(&key.environment).and_then(|environment| environment.source().map(|source| Arc::clone(&source.scope)));
    let scope = listing.ok_or("it is not known where this environment is read")?;
    Ok(Act::Reveal(scope, key))
}

/// Asks for it. Only one value is ever on the screen.
pub(super) fn ask(state: &mut State, scope: Arc<Scope>, key: PropertyKey) -> Effect {
    state.revealed = Revealed::Asked(key.clone());
    Effect::Reveal(scope, key)
}

/// What was asked for is here, or cannot be had. Nobody who has gone on is shown a value.
pub(super) fn told(state: &mut State, key: PropertyKey, told: Result<Value, Fault>) {
    if state.revealed != Revealed::Asked(key.clone()) {
        return;
    }
    state.revealed = match told {
        Ok(value) => Revealed::Shown(key, value, state.now),
        Err(fault) => {
            notice::announce(state, &fault.to_string(), true);
            Revealed::Nothing
        }
    };
    state.dirty = true;
}

/// Copies the value that is shown, to the letter. It stands in no notice: that would outlive it, and be saved with the screen.
pub(super) fn copy(state: &mut State) -> Vec<Effect> {
    let shown = selected(state).and_then(|key| state.revealed.of(&key.environment, &key.name).map(|value| value.reveal().to_owned()));
    let sentence = match &shown {
        Some(_) => "the value was handed to the terminal's clipboard",
        None => "the value is hidden again: v shows it",
    };
    notice::answer(state, sentence, false);
    shown.into_iter().map(Effect::Copy).collect()
}

/// No value is on the screen any more.
pub(super) fn hide(state: &mut State) {
    state.revealed = Revealed::Nothing;
}

/// Hides a value that nobody looks at: another property is selected, another screen or pane has the keys, or it has
/// been there for long enough.
pub(super) fn settle(state: &mut State) {
    if state.revealed.left(state.now) == Some(0) || (state.revealed.key().is_some() && state.revealed.key() != selected(state).as_ref()) {
        hide(state);
    }
}

/// What `Esc` does before it goes back: `None` where there is nothing to clear.
#[must_use]
pub fn escape(state: &State) -> Option<Act> {
    match state.revealed {
        Revealed::Nothing => state.properties_screen.different_only.then_some(Act::ToggleDifferent),
        Revealed::Asked(_) | Revealed::Shown(..) => Some(Act::Hide),
    }
}

/// What this environment has, in words; never the value.
#[must_use]
pub const fn here(own: Option<&Property>) -> &'static str {
    match own {
        Some(Property::Plain(_)) => "set",
        Some(Property::Reference) => "kept elsewhere",
        None => "not set",
    }
}

/// How the others stand to it, in words.
#[must_use]
pub fn elsewhere(screen: &PropertiesScreen, row: &Row) -> String {
    if screen.others == 0 {
        return "no other environment".to_owned();
    }
    let one_has = if row.own.is_some() { "not set" } else { "set" };
    let unread = screen.others - screen.read;
    let is_whole = unread == 0 && row.same == screen.others;
    let same = if is_whole { "same in all" } else { "same in" };
    let parts =
        [(row.differs, "differs in"), (row.one_has, &format!("{one_has} in")), (row.not_compared, "not compared with"), (row.same, same)];
    let said = parts.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{words} {count}"));
    let unread = (unread > 0).then(|| format!("{unread} not read yet"));
    said.chain(unread).collect::<Vec<_>>().join(", ")
}

/// The rows of the table where it is copied, and which one is selected. Nothing of them is safe to show yet.
#[must_use]
pub fn table(state: &State) -> (Vec<Vec<String>>, Option<usize>) {
    let screen = &state.properties_screen;
    let cells = |row: &Row| vec![row.name.to_string(), here(row.own.as_ref()).to_owned(), elsewhere(screen, row)];
    let rows = screen.rows.iter().filter_map(|name| screen.get(name)).map(cells).collect();
    (rows, screen.cursor.selected().and_then(|name| screen.rows.iter().position(|row| row == name)))
}
