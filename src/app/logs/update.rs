//! How the Logs screen changes: what is opened, what keys do, and what is worked out between frames.

use std::path::PathBuf;
use std::sync::Arc;

use super::act::Deed;
use super::find::{Jump, Search};
use super::layout::{Layout, Zone};
use super::order::{FeedId, Order};
use super::prompt::Prompt;
use super::saving::{Extent, Saving, one};
use super::screen::{LogsScreen, Period, shown_text};
use super::stream::{Fed, Stream};
use super::subject::Subject;
use super::{LINGER, beside, choice, markers, panel, sessions, wrap};
use crate::app::act::Motion;
use crate::app::dialog::{Dialog, Kind};
use crate::app::event::Effect;
use crate::app::filter::TextField;
use crate::app::history::Place;
use crate::app::key::{Code, Key as Pressed};
use crate::app::menu::{Choice, Item, Menu};
use crate::app::notice::{self, announce};
use crate::app::state::State;
use crate::app::update::say;
use crate::model::clock::seconds_since;
use crate::model::log::buffer::Entry;
use crate::model::log::feed::Streaming;
use crate::model::log::feeds::feeds;
use crate::model::log::line::{EntryId, Key, Millis};

/// So much is looked at between two looks for keys, in bytes: some milliseconds.
const STEP: usize = 1024 * 1024;
/// So many characters are scrolled at once.
const SIDEWAYS: usize = 20;
/// No more lines than this are copied: a terminal's clipboard takes no more.
const MOST_COPIED: usize = 500;

/// What was chosen from one of this screen's menus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Chosen {
    /// Show this piece of time.
    Period(Period),
    /// Copy this text.
    Copy(String),
    /// Save so much.
    Save(Extent),
    /// Stream a feed so.
    Streaming(FeedId, Streaming),
}

/// The stream, how it is read, and the room there is: what every deed needs.
struct Desk<'a> {
    stream: &'a mut Stream,
    screen: &'a mut LogsScreen,
    layout: Layout,
    now: Millis,
}

fn desk(state: &mut State) -> Option<Desk<'_>> {
    let (size, now) = (state.size, Millis::from(state.now));
    let stream = state.logs.stream.as_mut()?;
    let screen = &mut state.logs.screen;
    let layout = screen.layout(size, stream.named());
    Some(Desk { stream, screen, layout, now })
}

impl Desk<'_> {
    fn current(&self) -> Option<Key> {
        self.screen.current(&self.stream.buffer, self.layout, self.now)
    }

    fn go_to(&mut self, key: Key) {
        self.screen.go_to(key, &self.stream.buffer, self.layout, self.now);
    }

    fn hold(&mut self) {
        self.screen.hold(&self.stream.buffer, self.layout, self.now);
    }

    fn narrow(&mut self) {
        self.screen.narrow(&self.stream.buffer);
    }

    fn go_to_entry(&mut self, id: EntryId) {
        if let Some(key) = self.stream.buffer.key(id) {
            self.go_to(key);
        }
    }
}

/// What follows from where the person is now, once before a frame: what is opened, followed, let go of.
#[must_use]
pub fn settle(state: &mut State) -> Vec<Effect> {
    let effects = match state.place().clone() {
        Place::Logs(subject) => arrive(state, &subject),
        _ => leave(state),
    };
    effects.into_iter().chain(work(state)).collect()
}

/// The same for a pane that is not on the screen: whatever it shows was left.
#[must_use]
pub fn settle_hidden(state: &mut State) -> Vec<Effect> {
    let effects = leave(state);
    effects.into_iter().chain(work(state)).collect()
}

/// Counts what live sessions cost, those of both panes together.
pub fn count_sessions(state: &mut State) {
    let streams = [state.logs.stream.as_ref(), state.other_pane().and_then(|pane| pane.logs.stream.as_ref())];
    let sessions = streams.into_iter().flatten().map(Stream::sessions).sum();
    state.meter.read(sessions, state.now.into());
}

/// Lets go of everything that this pane has of logs: it is closed.
#[must_use]
pub fn close(state: &mut State) -> Vec<Effect> {
    let saving = stop_saving(state, "its pane was closed");
    saving.into_iter().chain(state.logs.stream.take().as_ref().map(end)).collect()
}

fn end(stream: &Stream) -> Effect {
    Effect::Logs(Order::End(stream.id))
}

fn arrive(state: &mut State, subject: &Subject) -> Vec<Effect> {
    state.logs.left_at = None;
    let mut effects = Vec::new();
    if state.logs.of(subject).is_none() {
        effects.extend(stop_saving(state, "other logs were opened"));
        effects.extend(state.logs.stream.take().as_ref().map(end));
        open(state, subject);
    }
    let Some(stream) = &mut state.logs.stream else { return effects };
    if !stream.is_followed && !stream.chosen.is_empty() {
        // It is new, or was left for longer than it goes on by itself: what was written since is looked up.
        effects.push(panel::follow(stream));
    }
    effects
}

/// The lines that are being written into a file go with their stream: half of them are nothing.
fn stop_saving(state: &mut State, why: &str) -> Option<Effect> {
    let saving = state.logs.screen.saving.take_if(|saving| !saving.is_sent())?;
    announce(state, &format!("nothing was saved: {why} before all was in {}", saving.path.display()), true);
    Some(Effect::Logs(Order::Discard(saving.id)))
}

/// Begins a stream of another subject.
fn open(state: &mut State, subject: &Subject) {
    let settings = state.fleet.catalogue().logs.clone();
    let since = Millis::from(state.now).plus(-i64::try_from(settings.opening.as_millis()).unwrap_or(0));
    let mut stream = Stream::new(state.logs.next_stream(), subject.clone(), since, settings.bounds);
    for key in &subject.environments {
        let feeds = match state.fleet.get(key) {
            Some(environment) => feeds(state.fleet.catalogue(), &environment).map_err(|why| why.to_string()),
            None => Err(format!("{} is not there any more", key.name)),
        };
        match feeds {
            Ok(feeds) => {
                for feed in feeds {
                    let _ = beside::add(&mut stream, Fed::of(key.clone(), feed));
                }
            }
            Err(why) => drop(stream.unfollowed.insert(key.clone(), why.into())),
        }
    }
    for fed in beside::feeds(state, subject) {
        let _ = beside::add(&mut stream, fed);
    }
    stream.chosen = choice::unasked(&stream);
    stream.rename(&state.fleet_screen.names);
    state.logs.screen.turn_to(subject);
    state.logs.stream = Some(stream);
    state.dirty = true;
}

/// Lets go of a stream whose screen was left for good.
fn leave(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let Some(stream) = state.logs.stream.as_mut().filter(|stream| stream.is_followed) else { return Vec::new() };
    let left_at = *state.logs.left_at.get_or_insert(now);
    if seconds_since(left_at, now) < LINGER.as_secs() {
        return Vec::new();
    }
    stream.is_followed = false;
    for feed in stream.chosen.clone() {
        stream.begin_anew(feed);
    }
    vec![Effect::Logs(Order::Follow { stream: stream.id, feeds: Vec::new(), since: stream.since })]
}

/// Whether there is something left to look at, or to write.
#[must_use]
pub fn is_working(state: &State) -> bool {
    state.logs.can_work(state.place())
}

/// Does a piece of what is left to do: some milliseconds of it.
#[must_use]
pub fn work(state: &mut State) -> Vec<Effect> {
    if !is_working(state) {
        return Vec::new();
    }
    state.dirty = true;
    let Some(desk) = desk(state) else { return Vec::new() };
    let Desk { stream, screen, .. } = desk;
    screen.narrowing.step(&stream.buffer, STEP);
    if let Some(search) = &mut screen.search {
        search.step(&stream.buffer, STEP);
    }
    let mut effects = Vec::new();
    if let Some(saving) = screen.saving.as_mut().filter(|saving| saving.can_go_on()) {
        effects.extend(saving.work(stream, STEP).map(Effect::Logs));
    }
    jump(state);
    effects
}

/// Goes where the search leads, once something is found there.
fn jump(state: &mut State) {
    let Some(mut desk) = desk(state) else { return };
    let Some(search) = &desk.screen.search else { return };
    let Some(jump) = search.jump else { return };
    let is_working = search.is_working(&desk.stream.buffer) || desk.screen.narrowing.is_working(&desk.stream.buffer);
    let (found, text) = (search.next(&desk.stream.buffer, jump), search.text.clone());
    let said = match found {
        // What lies on the way may not have been looked at.
        Some((_, true)) | None if is_working => return,
        Some((key, around)) => {
            show_hit(&mut desk, key);
            desk.go_to(key);
            around.then(|| if jump.forward { "begun again from the first".to_owned() } else { "begun again from the last".to_owned() })
        }
        None => Some(format!("no line has {text}")),
    };
    if let Some(search) = &mut desk.screen.search {
        search.jump = None;
    }
    // While it is typed its count stands beside it.
    if let Some(said) = said.filter(|_| state.logs.screen.prompt.is_none()) {
        say(state, &said, false);
    }
}

/// Who has gone elsewhere meanwhile is not taken to what the search finds late.
const fn stay(state: &mut State) {
    if let Some(search) = &mut state.logs.screen.search {
        search.jump = None;
    }
}

/// Brings what was found in a line into sight, however far from its beginning it is.
fn show_hit(desk: &mut Desk<'_>, key: Key) {
    let (Some(line), Some(search)) = (desk.stream.buffer.line(key.id()), &desk.screen.search) else { return };
    let text = shown_text(&line, desk.screen.columns);
    let Some(place) = search.pattern.places(&text, 1).into_iter().next() else { return };
    if desk.screen.wrap {
        desk.screen.begins = wrap::begin_for(&text, &place, desk.layout.text).map(|at| (line.id, at));
    } else {
        desk.screen.right = wrap::scroll_for(&text, &place, desk.layout.text);
    }
}

/// Does what a key asked for.
pub fn perform(state: &mut State, deed: Deed) -> Vec<Effect> {
    if matches!(deed, Deed::Error { .. } | Deed::ToBookmark { .. } | Deed::Page { .. } | Deed::Follow | Deed::Pause | Deed::Period) {
        stay(state);
    }
    match deed {
        Deed::Filter => type_in(state, |_| Prompt::Filter),
        Deed::Find => type_in(state, |desk| {
            let text = desk.screen.search.as_ref().map_or_else(TextField::default, |search| TextField::with(&search.text));
            Prompt::Search { text, error: None, from: (desk.screen.view, desk.screen.cursor) }
        }),
        Deed::Period => open_menu(state, period_menu),
        Deed::Copy => open_menu(state, copy_menu),
        Deed::Save => open_menu(state, save_menu),
        Deed::Sources => panel::turn(state),
        Deed::Zone => zone(state),
        Deed::Detail => detail(state),
        Deed::Error { forward } => error(state, forward),
        Deed::Hit { forward } => hit(state, forward),
        Deed::ToBookmark { forward } => to_bookmark(state, forward),
        Deed::Page { forward } => step(state, Motion::Pages(if forward { 1 } else { -1 })),
        Deed::Pause => pause(state),
        Deed::Bookmark
        | Deed::Invert
        | Deed::Follow
        | Deed::Wrap
        | Deed::Columns
        | Deed::Chart
        | Deed::Aside
        | Deed::Sideways { .. }
        | Deed::Clear => {
            if let Some(mut desk) = desk(state) {
                turn(&mut desk, deed);
            }
        }
    }
    Vec::new()
}

/// What changes only how lines are shown.
fn turn(desk: &mut Desk<'_>, deed: Deed) {
    match deed {
        Deed::Bookmark => {
            if let Some(key) = desk.current() {
                desk.screen.bookmarks.toggle(key);
                desk.hold();
                desk.screen.cursor = Some(key);
            }
        }
        Deed::Invert => {
            desk.screen.narrowing.inverted = !desk.screen.narrowing.inverted;
            desk.narrow();
        }
        Deed::Follow if desk.screen.view.is_following() => desk.hold(),
        Deed::Follow => desk.screen.follow(),
        Deed::Wrap => (desk.screen.wrap, desk.screen.right, desk.screen.begins) = (!desk.screen.wrap, 0, None),
        Deed::Columns => (desk.screen.columns, desk.screen.begins) = (desk.screen.columns.next(), None),
        Deed::Chart => desk.screen.chart = desk.screen.chart.next(),
        Deed::Aside => desk.screen.set_aside(&desk.stream.buffer, desk.layout, desk.now),
        Deed::Sideways { right: true } => desk.screen.right += SIDEWAYS,
        Deed::Sideways { right: false } => desk.screen.right = desk.screen.right.saturating_sub(SIDEWAYS),
        Deed::Clear => clear(desk),
        _ => {}
    }
}

/// Clears one thing: what stands still, the search, the filter, the piece of time.
fn clear(desk: &mut Desk<'_>) {
    let here = desk.screen.cursor;
    if desk.screen.paused.take().is_some() {
        return;
    }
    if desk.screen.search.take().is_some() {
        return;
    }
    if desk.screen.narrowing.is_told() {
        desk.screen.narrowing.text = TextField::default();
        desk.screen.narrowing.inverted = false;
        desk.narrow();
    } else {
        desk.screen.period = Period::All;
    }
    // Who found a line with it wants to see what stands around that.
    if let Some(key) = here {
        desk.go_to(key);
    }
}

fn type_in(state: &mut State, prompt: impl FnOnce(&Desk<'_>) -> Prompt) {
    notice::clear(state);
    if let Some(desk) = desk(state) {
        let prompt = prompt(&desk);
        desk.screen.prompt = Some(prompt);
    }
}

fn zone(state: &mut State) {
    let screen = &mut state.logs.screen;
    screen.zone = if screen.zone == Zone::Utc { Zone::Local } else { Zone::Utc };
    let zone = state.logs.zone.iana_name().unwrap_or("of this machine").to_owned();
    let said = if screen.zone == Zone::Utc { "times are universal (UTC)".to_owned() } else { format!("times are local ({zone})") };
    say(state, &said, false);
}

fn pause(state: &mut State) {
    let Some(mut desk) = desk(state) else { return };
    if desk.screen.paused.take().is_some() {
        desk.screen.follow();
        return;
    }
    desk.hold();
    let newest = desk.stream.buffer.span().map_or(desk.now, |(_, newest)| newest);
    desk.screen.paused = Some(newest.max(desk.now));
    say(state, "the screen stands still; lines are taken in all the same, p or f goes on", false);
}

fn detail(state: &mut State) {
    let zone = state.logs.zone.clone();
    let Some(desk) = desk(state) else { return };
    let read = desk.current().and_then(|key| super::detail::reader(desk.stream, key, &zone));
    if let Some(text) = read {
        state.dialog = Some(Dialog::new(Kind::Reader(Box::new(text))));
    }
}

/// To the next line that says that something went wrong; whoever follows goes to the newest.
fn error(state: &mut State, forward: bool) {
    let Some(mut desk) = desk(state) else { return };
    let (buffer, matches) = (&desk.stream.buffer, desk.screen.narrowing.matches());
    let at_end = desk.screen.view.is_following();
    let from = if at_end { desk.screen.sight(buffer, desk.layout, desk.now).last() } else { desk.current() };
    let Some(from) = from else { return };
    let next = |from: Key, forward: bool| match matches {
        Some(matches) => matches.next_error(buffer, from, forward),
        None => buffer.next_error(from, forward),
    };
    let here = at_end.then(|| buffer.line(from.id())).flatten().filter(crate::model::log::line::Line::is_error).map(|line| line.id);
    match here.or_else(|| next(from, forward && !at_end)) {
        Some(id) => desk.go_to_entry(id),
        None if forward => say(state, "no later line says that something went wrong: E goes back, f follows", false),
        None => say(state, "no earlier line says that something went wrong", false),
    }
}

fn hit(state: &mut State, forward: bool) {
    let Some(desk) = desk(state) else { return };
    let from = desk.current();
    if let (Some(search), Some(from)) = (&mut desk.screen.search, from) {
        search.jump = Some(Jump { from, forward, here: false });
    }
    jump(state);
}

fn to_bookmark(state: &mut State, forward: bool) {
    let Some(mut desk) = desk(state) else { return };
    let found = desk.current().and_then(|from| desk.screen.bookmarks.next(from, forward));
    match found {
        Some(key) => desk.go_to(key),
        None => say(state, "no bookmark lies in that direction: m sets one", false),
    }
}

/// Moves the selection.
pub fn step(state: &mut State, motion: Motion) {
    stay(state);
    if let Some(desk) = desk(state) {
        desk.screen.step(motion, &desk.stream.buffer, desk.layout, desk.now);
    }
}

/// Turns the wheel.
pub fn wheel(state: &mut State, rows: i16) {
    stay(state);
    if let Some(desk) = desk(state) {
        desk.screen.wheel(isize::from(rows), &desk.stream.buffer, desk.layout, desk.now);
    }
}

/// Selects the line that was clicked; `row` counts from the top of the screen.
pub fn click(state: &mut State, row: usize) {
    stay(state);
    let Some(desk) = desk(state) else { return };
    // Title and summary stand above the chart.
    let above = 2 + desk.layout.chart + desk.layout.narrowed;
    let Some(row) = row.checked_sub(above).filter(|row| *row < desk.layout.rows) else { return };
    let sight = desk.screen.sight(&desk.stream.buffer, desk.layout, desk.now);
    let visible = sight.visible(&desk.screen.view);
    let Some(rank) = sight.rank_at_row(&visible, row) else { return };
    desk.screen.select(rank, &desk.stream.buffer, desk.layout, desk.now);
}

/// Whether keys go into something that is typed.
#[must_use]
pub fn is_typing(state: &State) -> bool {
    matches!(state.place(), Place::Logs(_)) && state.logs.screen.prompt.is_some()
}

/// Whether keys go into something that is typed, or to the list of sources.
#[must_use]
pub fn takes_keys(state: &State) -> bool {
    matches!(state.place(), Place::Logs(_)) && (state.logs.screen.prompt.is_some() || state.logs.screen.choosing.is_some())
}

/// Takes a key that is typed, or that is for the list of sources.
#[must_use]
pub fn press(state: &mut State, key: Pressed) -> Vec<Effect> {
    if state.logs.screen.prompt.is_none() {
        return panel::press(state, key);
    }
    let Some(mut desk) = desk(state) else { return Vec::new() };
    let Some(prompt) = desk.screen.prompt.take() else { return Vec::new() };
    let gives_up = key == Pressed::of(Code::Esc) || key == Pressed::ctrl('c');
    match prompt {
        Prompt::Filter => press_filter(&mut desk, key, gives_up),
        Prompt::Search { text, from, .. } => press_search(&mut desk, text, from, key, gives_up),
        Prompt::Save { extent, path } => return press_save(&mut desk, extent, path, key, gives_up),
    }
    jump(state);
    Vec::new()
}

fn press_filter(desk: &mut Desk<'_>, key: Pressed, gives_up: bool) {
    if gives_up {
        desk.screen.narrowing.text = TextField::default();
        desk.narrow();
    } else if key != Pressed::of(Code::Enter) {
        desk.screen.prompt = Some(Prompt::Filter);
        if desk.screen.narrowing.text.key(key) {
            desk.narrow();
        } else if let Some(motion) = motion(key) {
            desk.screen.step(motion, &desk.stream.buffer, desk.layout, desk.now);
        }
    }
}

/// The lines can be moved through while something is typed.
const fn motion(key: Pressed) -> Option<Motion> {
    match key.code {
        Code::Up => Some(Motion::By(-1)),
        Code::Down => Some(Motion::By(1)),
        Code::PageUp => Some(Motion::Pages(-1)),
        Code::PageDown => Some(Motion::Pages(1)),
        _ => None,
    }
}

fn press_search(
    desk: &mut Desk<'_>,
    mut text: TextField,
    from: (crate::model::log::view::View, Option<Key>),
    key: Pressed,
    gives_up: bool,
) {
    if gives_up {
        (desk.screen.view, desk.screen.cursor) = from;
        desk.screen.search = None;
        return;
    }
    if key == Pressed::of(Code::Enter) {
        let from = desk.current();
        if let (Some(search), Some(from)) = (&mut desk.screen.search, from) {
            search.jump = Some(Jump { from, forward: false, here: true });
        }
        return;
    }
    let mut error = None;
    if text.key(key) {
        // Each letter searches anew from where it began, backwards: what is newest is looked at first.
        (desk.screen.view, desk.screen.cursor) = from;
        let (within, jump_from) = (desk.screen.narrowing.within(), desk.current());
        let search = (!text.text().is_empty()).then(|| Search::new(text.text(), within, &desk.stream.buffer)).transpose();
        match search {
            Ok(search) => desk.screen.search = search,
            Err(why) => error = Some(why),
        }
        if let (Some(search), Some(from)) = (&mut desk.screen.search, jump_from) {
            search.jump = Some(Jump { from, forward: false, here: true });
        }
    }
    desk.screen.prompt = Some(Prompt::Search { text, error, from });
}

fn press_save(desk: &mut Desk<'_>, extent: Extent, mut path: TextField, key: Pressed, gives_up: bool) -> Vec<Effect> {
    if gives_up {
        return Vec::new();
    }
    if key == Pressed::of(Code::Enter) && !path.text().trim().is_empty() {
        let (id, window) = (desk.screen.next_save(), desk.screen.window(desk.now));
        let matches = desk.screen.narrowing.matches();
        let saving = Saving::new(id, PathBuf::from(path.text().trim()), extent, &desk.stream.buffer, matches, window);
        let order = Order::Save(id, Arc::clone(&saving.path));
        desk.screen.saving = Some(saving);
        return vec![Effect::Logs(order)];
    }
    path.key(key);
    desk.screen.prompt = Some(Prompt::Save { extent, path });
    Vec::new()
}

/// Takes pasted text into what is typed.
pub fn paste(state: &mut State, pasted: &str) {
    for character in pasted.lines().next().unwrap_or("").chars().filter(|character| !character.is_control()) {
        let _ = press(state, Pressed::char(character));
    }
}

fn open_menu(state: &mut State, menu: impl FnOnce(&Desk<'_>) -> Menu) {
    if let Some(desk) = desk(state) {
        let menu = menu(&desk);
        state.dialog = Some(Dialog::new(Kind::Menu(menu)));
    }
}

fn menu(title: &'static str, note: &'static str, items: Vec<(String, String, Chosen)>) -> Menu {
    let item =
        |(name, detail, chosen): (String, String, Chosen)| Item { name: name.into(), detail: detail.into(), choice: Choice::Logs(chosen) };
    Menu { title, note, heading: String::new(), items: items.into_iter().map(item).collect(), at: 0, filter: None, takes: None }
}

fn period_menu(desk: &Desk<'_>) -> Menu {
    let last = |minutes: i64, name: &str| {
        let from = desk.now.plus(-minutes * 60_000);
        let detail = if from < desk.stream.since { "what was written before is looked up" } else { "" };
        (name.to_owned(), detail.to_owned(), Chosen::Period(Period::Last(minutes * 60_000)))
    };
    let mut items = vec![("everything that is kept".to_owned(), String::new(), Chosen::Period(Period::All))];
    items.extend(
        [(1, "the last minute"), (5, "the last 5 minutes"), (15, "the last 15 minutes"), (60, "the last hour")]
            .map(|(minutes, name)| last(minutes, name)),
    );
    items.extend([(180, "the last 3 hours"), (720, "the last 12 hours")].map(|(minutes, name)| last(minutes, name)));
    if let Some(key) = desk.current() {
        let around = |seconds: i64| Chosen::Period(Period::Between(key.time().plus(-seconds * 1_000), key.time().plus(seconds * 1_000)));
        let at = key.time().timestamp().strftime("%TZ").to_string();
        items.push(("a minute around the current line".to_owned(), at.clone(), around(30)));
        items.push(("ten minutes around the current line".to_owned(), at, around(300)));
    }
    menu("time", "⏎ shows · esc closes", items)
}

fn copy_menu(desk: &Desk<'_>) -> Menu {
    let text = |ids: &mut dyn Iterator<Item = EntryId>| -> String {
        let lines = ids.filter_map(|id| match desk.stream.buffer.entry(id)? {
            Entry::Line(line) => Some(one(desk.stream, &line)),
            Entry::Note(note) => Some(format!("-- {} --", super::saving::told(note))),
        });
        lines.take(MOST_COPIED).collect::<Vec<_>>().join("\n")
    };
    let sight = desk.screen.sight(&desk.stream.buffer, desk.layout, desk.now);
    let visible = sight.visible(&desk.screen.view);
    let mut items = Vec::new();
    if let Some(key) = desk.current() {
        items.push(("the current line".to_owned(), String::new(), Chosen::Copy(text(&mut std::iter::once(key.id())))));
    }
    let marked: Vec<EntryId> = desk.screen.bookmarks.iter().map(|key| key.id()).collect();
    if !marked.is_empty() {
        items.push((format!("the lines with a bookmark, {}", marked.len()), String::new(), Chosen::Copy(text(&mut marked.into_iter()))));
    }
    let count = visible.len();
    items.push((format!("the lines on the screen, {count}"), String::new(), Chosen::Copy(text(&mut sight.shown.range(visible)))));
    menu("copy", "⏎ copies (OSC 52: over SSH too) · esc closes", items)
}

fn save_menu(desk: &Desk<'_>) -> Menu {
    let all = desk.stream.buffer.lines();
    let sight = desk.screen.sight(&desk.stream.buffer, desk.layout, desk.now);
    let shown = sight.shown.len();
    let count = |lines: usize| markers::thousands(lines as u64);
    let items = vec![
        ("what is shown".to_owned(), format!("{} lines", count(shown)), Chosen::Save(Extent::Shown)),
        ("everything that is kept".to_owned(), format!("{} lines", count(all)), Chosen::Save(Extent::Everything)),
    ];
    menu("save", "⏎ asks for the name of the file · esc closes", items)
}

/// Does what was chosen from a menu of this screen.
pub fn choose(state: &mut State, chosen: Chosen) -> Vec<Effect> {
    match chosen {
        Chosen::Copy(text) => {
            say(state, "handed to the terminal's clipboard", false);
            vec![Effect::Copy(text)]
        }
        Chosen::Save(extent) => {
            let stamp = state.now.strftime("%Y%m%dT%H%M%SZ").to_string();
            type_in(state, |desk| {
                let name = desk.stream.subject.name();
                let name: String =
                    name.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' }).collect();
                Prompt::Save { extent, path: TextField::with(&format!("{name}-{stamp}.log")) }
            });
            Vec::new()
        }
        Chosen::Period(period) => show_period(state, period),
        Chosen::Streaming(feed, streaming) => sessions::stream_so(state, feed, streaming),
    }
}

/// Shows a piece of time; what of it was not read yet is looked up.
fn show_period(state: &mut State, period: Period) -> Vec<Effect> {
    let Some(mut desk) = desk(state) else { return Vec::new() };
    desk.screen.period = period;
    desk.screen.paused = None;
    match (period, desk.screen.cursor) {
        (Period::Between(..), Some(key)) => desk.go_to(key),
        _ => desk.screen.follow(),
    }
    let from = match period {
        Period::All => return Vec::new(),
        Period::Last(length) => desk.now.plus(-length),
        Period::Between(from, _) => from,
    };
    if from >= desk.stream.since {
        return Vec::new();
    }
    desk.stream.since = from;
    vec![panel::follow(desk.stream)]
}
