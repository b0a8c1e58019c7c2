//! The one function that changes the state, and what must follow before a frame.

mod custom;
mod dialog;
mod dialog_keys;
mod fleet;
mod pointer;

use self::dialog::{paste, press_in_dialog};
pub(in crate::app) use self::fleet::apply_filter;
use self::fleet::{on_fleet, press_in_filter};
use self::pointer::wheel;
use super::accounts::{self, Names};
use super::act::{Act, HERE, Motion, fleet_window, prepare, scope_of};
use super::command::CommandId;
use super::dialog::{Dialog, Kind};
use super::event::{Attention, Effect, Event};
use super::fleet::Row;
use super::github_update as github;
use super::history::Place;
use super::key::Key;
use super::keymap::Meaning;
use super::lock::LockForm;
use super::logs;
use super::notice;
use super::operations_update as operations;
use super::palette;
use super::panes;
use super::preferences;
use super::previews;
use super::properties;
use super::quit::{self, AtWork};
use super::remembered;
use super::standing::Stand;
use super::state::{Size, State};
use super::timeline;
use crate::model::clock::{Timestamp, seconds_since};
use crate::model::fleet::Change;
use crate::model::id::{AppName, EnvironmentKey, Platform};

/// The rows of the frame around a text that is read.
const READER_FRAME: usize = 2;

/// Two presses of ctrl-c within so many seconds offer to quit.
const CANCEL_SECONDS: u64 = 2;

/// Takes in what happened; returns what is to be done about it.
#[must_use]
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let dialog = |state: &State| state.dialog.as_ref().map(|dialog| std::mem::discriminant(&dialog.kind));
    let (before, open, said) = (state.place().clone(), dialog(state), state.notice.clone());
    let effects = take_in(state, event);
    if *state.place() != before {
        notice::leave(state, said.as_ref());
    }
    if dialog(state).is_some_and(|now| Some(now) != open) {
        notice::give_way(state, said.as_ref());
    }
    for effect in &effects {
        match effect {
            Effect::Operate(order) => state.operations.ask(order),
            Effect::Run(run) => state.running.push(run.name.clone()),
            _ => {}
        }
    }
    effects
}

fn take_in(state: &mut State, event: Event) -> Vec<Effect> {
    if event.is_by_hand() {
        state.active_at = Some(state.now);
    }
    match event {
        Event::Tick(now) => return tick(state, now),
        Event::Drawn => {
            state.dirty = false;
            let is_large_enough = state.terminal().suffices();
            // On a screen that is too small a dialog has not been seen.
            if let Some(dialog) = state.dialog.as_mut().filter(|_| is_large_enough) {
                dialog.seen = true;
            }
            return Vec::new();
        }
        Event::Key(key) => return with_frame(state, |state| press(state, key)),
        Event::Paste(text) => paste(state, &text),
        Event::Wheel { rows, column, row } => return with_frame(state, |state| wheel(state, rows, (column, row))),
        Event::OtherPane => panes::act::switch(state),
        event @ (Event::Click { .. } | Event::DoubleClick { .. } | Event::ClickedRow { .. } | Event::ClickedHeading(_)) => {
            return with_frame(state, |state| pointer::clicked(state, &event));
        }
        Event::Resized { width, height } => {
            state.resize(Size { width, height });
            state.stale_rows = true;
            state.dirty = true;
        }
        Event::Returned(told) => return returned(state, told),
        Event::NotKept(sentence) => {
            notice::announce(state, &sentence, true);
            state.dirty = true;
        }
        event @ (Event::MayRun(_) | Event::Ran(_)) => return custom::told(state, event),
        Event::Resumed => {
            state.dirty = true;
            return vec![Effect::Redraw];
        }
        Event::Configured(catalogue) => {
            state.fleet.configure(catalogue);
            github::take_imports(state);
            github::take_records(state);
            state.stale_rows = true;
            state.dirty = true;
        }
        Event::Observed(observations) => {
            timeline::answered(state, &observations);
            let mut change = Change::Ages;
            for observation in observations {
                change = change.max(state.fleet.observe(observation));
            }
            if change == Change::Members {
                github::take_records(state);
            }
            state.stale_rows |= change > Change::Ages;
            remembered::read(state);
            state.dirty = true;
        }
        Event::Scopes(scopes) => {
            state.reading.scopes = Some(scopes);
            remembered::scopes_are_known(state, None);
            state.dirty = true;
        }
        Event::Found(connection) => {
            remembered::scopes_are_known(state, Some(&connection));
            state.reading.connections.entry(connection).or_default().fault = None;
            state.dirty = true;
        }
        Event::Identified { connection, account, arn } => {
            remembered::identified(state, &connection, &account);
            accounts::identified(state, connection, account, arn);
        }
        Event::StandBy(standby) => accounts::stand_by(state, standby),
        Event::DiscoveryFailed { connection, fault } => {
            state.reading.connections.entry(connection).or_default().fault = Some(fault);
            state.dirty = true;
        }
        Event::Told(report) => return github::told(state, *report),
        Event::Viewer(stamp, viewer) => github::identified(state, stamp, viewer),
        Event::Allowance(allowance) => state.github.forge.allowance = Some(allowance),
        Event::NotOpened(address) => return with_frame(state, |state| github::copied(state, &address)),
        Event::Written { order, sent } => github::written(state, &order, &sent),
        Event::Revealed(key, told) => properties::told(state, key, told),
        Event::Locks(locks) => {
            state.locks = locks;
            state.stale_rows = true;
            state.dirty = true;
        }
        Event::LockAnswer { sentence, is_fault } => {
            say(state, &sentence, is_fault);
            state.dirty = true;
        }
        Event::Operations(news) => return operations::told(state, news),
        Event::Logs(news) => return panes::told_of_logs(state, news),
        Event::Calls { total, last_minute } => {
            state.dirty |= (total, last_minute) != (state.reading.calls_total, state.reading.calls_last_minute);
            state.reading.calls_total = total;
            state.reading.calls_last_minute = last_minute;
        }
    }
    Vec::new()
}

/// The terminal is back. Where credentials had run out, the program may have been what renews them.
fn returned(state: &mut State, told: Result<String, String>) -> Vec<Effect> {
    let is_bad = told.is_err();
    state.dirty = true;
    say(state, &told.unwrap_or_else(|why| why), is_bad);
    if super::login::is_wanted(state) { vec![Effect::ReadNow(None)] } else { Vec::new() }
}

/// Time has come this far.
fn tick(state: &mut State, now: Timestamp) -> Vec<Effect> {
    state.now = now;
    state.dirty = true;
    notice::pass(state, now);
    state.stale_rows |= state.fleet_screen.stand == Stand::Held && !state.keeps_order();
    remembered::keep(state).into_iter().collect()
}

/// Works out what follows from all that happened, once before a frame.
#[must_use]
pub fn settle(state: &mut State) -> Vec<Effect> {
    custom::show(state);
    logs::update::count_sessions(state);
    let mut effects = logs::update::settle(state);
    let is_shown = state.shows_two();
    let settle_logs = |state: &mut State| if is_shown { logs::update::settle(state) } else { logs::update::settle_hidden(state) };
    effects.extend(state.in_other(settle_logs).into_iter().flatten());
    let regards = github::regards(state);
    if state.stale_rows {
        state.stale_rows = false;
        github::conclude(state);
        timeline::look(state);
        let keep = state.keeps_order();
        arrange_fleet(state, keep);
        effects.extend(arrange(state));
        effects.extend(state.in_other(arrange_beside).flatten());
        operations::complete(state);
        operations::list_anew(state);
        // The rows may be others, and with them what is selected.
        let _ = github::regards(state);
        effects.extend(github::wanted(state));
        effects.extend(preferences::keep(state));
    } else if regards {
        effects.extend(github::wanted(state));
    }
    properties::settle(state);
    notice::settle(state);
    let attention = attention(state);
    if attention != state.attention {
        state.attention = attention.clone();
        effects.push(Effect::Attend(attention));
    }
    effects
}

/// Whether something is left to do that no event asks for: a search goes on, a file is written.
#[must_use]
pub fn is_working(state: &State) -> bool {
    logs::update::is_working(state) || state.other_pane().is_some_and(|pane| pane.logs.can_work(pane.history.current()))
}

/// Does a piece of it: some milliseconds.
#[must_use]
pub fn work(state: &mut State) -> Vec<Effect> {
    let own = logs::update::work(state);
    own.into_iter().chain(state.in_other(logs::update::work).into_iter().flatten()).collect()
}

/// Works out the screens of the pane that has not the keys. Its Fleet keeps no order: nobody moves in it.
fn arrange_beside(state: &mut State) -> Option<Effect> {
    if *state.place() == Place::Fleet {
        arrange_fleet(state, false);
    } else {
        state.fleet_screen.names = Names::of(state);
    }
    arrange(state)
}

fn arrange_fleet(state: &mut State, keep: bool) {
    let window = fleet_window(state);
    state.fleet_screen.names = Names::of(state);
    state.fleet_screen.arrange(remembered::all(&state.fleet, &state.remembered), &state.github, window, keep);
}

/// Works out the other screens of the pane that has the keys.
fn arrange(state: &mut State) -> Option<Effect> {
    arrange_environment(state);
    github::arrange(state);
    state.operations_screen.arrange(&state.operations, state.size);
    previews::arrange(state);
    properties::arrange(state);
    timeline::arrange(state);
    logs::markers::take_events(state);
    logs::beside::complete(state)
}

fn arrange_environment(state: &mut State) {
    if let Place::Environment(key) = state.history.current() {
        let environment = state.fleet.get(key);
        state.environment_screen.arrange(environment.as_ref(), state.size);
    }
}

/// What the screen shows, and what an open dialog is about.
fn attention(state: &mut State) -> Attention {
    let mut attention = attention_of_place(state);
    if state.shows_two() {
        attention.join(state.in_other(|state| attention_of_place(state)).unwrap_or_default());
    }
    for key in operations::regarded(state) {
        let group = state.fleet.get(&key).and_then(|it| it.identity().map(|identity| identity.app.clone()));
        // Whatever a plan is of is read first.
        if !attention.visible.contains(&key) {
            attention.visible.push(key.clone());
        }
        let Some(group) = group else { continue };
        // One environment tells of all of its application, where it is: of many one is asked.
        let tells_of = |(known, other): &(EnvironmentKey, AppName)| {
            key.platform == Platform::Beanstalk
                && *other == group
                && (known.platform, &known.account, &known.region) == (key.platform, &key.account, &key.region)
        };
        if key.platform != Platform::Host && !attention.planned.iter().any(|known| known.0 == key || tells_of(known)) {
            attention.planned.push((key.clone(), group.clone()));
        }
        // Of other platforms nobody can tell how a version is brought to instances.
        if key.platform == Platform::Beanstalk && !attention.compared.iter().any(|(known, _)| *known == key) {
            attention.compared.push((key, group));
        }
    }
    attention
}

fn attention_of_place(state: &State) -> Attention {
    match state.place() {
        Place::Environment(key) => Attention { open: Some(key.clone()), visible: vec![key.clone()], ..Attention::default() },
        Place::Pending(_) | Place::Promotions => Attention::default(),
        Place::Sheet(_, _) => github::sheet_attention(state),
        Place::Operations => {
            let live = state.operations.live().flat_map(|known| known.operation.plan().environments());
            Attention { visible: live.collect(), ..Attention::default() }
        }
        Place::Timeline(about) => Attention { visible: about.clone(), ..Attention::default() },
        Place::Properties(key) => properties::attention(state, key),
        Place::Previews => Attention { visible: previews::visible(state), ..Attention::default() },
        // What happens to them is drawn among their lines.
        Place::Logs(subject) => Attention { open: subject.only().cloned(), visible: subject.environments.clone(), ..Attention::default() },
        Place::Fleet => {
            let screen = &state.fleet_screen;
            let shown = screen.rows.iter().skip(screen.cursor.offset()).take(fleet_window(state));
            let visible = shown.filter_map(|row| match row {
                Row::Environment(key) => Some(key.clone()),
                Row::Group(_) => None,
            });
            Attention { visible: visible.collect(), ..Attention::default() }
        }
    }
}

fn with_frame(state: &mut State, change: impl FnOnce(&mut State) -> Vec<Effect>) -> Vec<Effect> {
    state.dirty = true;
    change(state)
}

fn press(state: &mut State, key: Key) -> Vec<Effect> {
    let is_prefixed = std::mem::take(&mut state.is_prefixed);
    if !state.terminal().suffices() {
        return press_unseen(state, key);
    }
    match state.dialog.as_ref().map(|dialog| dialog.seen) {
        // Typed before the dialog was on the screen: it was meant for something else.
        Some(false) => return Vec::new(),
        Some(true) => return press_in_dialog(state, key),
        None => {}
    }
    if is_prefixed {
        return panes::act::press(state, key).map_or_else(Vec::new, |meaning| mean(state, meaning));
    }
    if state.fleet_screen.editing_filter && *state.place() == Place::Fleet {
        return press_in_filter(state, key);
    }
    if key == Key::PREFIX && !logs::update::is_typing(state) && !timeline::takes_keys(state) {
        state.is_prefixed = true;
        return Vec::new();
    }
    if logs::update::takes_keys(state) {
        return logs::update::press(state, key);
    }
    if timeline::takes_keys(state) {
        timeline::press(state, key);
        return Vec::new();
    }
    state.keymap.meaning(key, scope_of(state.place())).map_or_else(Vec::new, |meaning| mean(state, meaning))
}

/// Does what a key means.
fn mean(state: &mut State, meaning: Meaning) -> Vec<Effect> {
    match meaning {
        Meaning::Command(id) => run(state, id),
        Meaning::Custom(number) => custom::run(state, number),
    }
}

/// Nothing is done unseen: on a screen that is too small only what leaves it is. Where that interrupts something, it says
/// so, and wants ctrl-c twice.
fn press_unseen(state: &mut State, key: Key) -> Vec<Effect> {
    let interrupts = AtWork::of(state).is_any();
    match state.keymap.command(key, scope_of(state.place())) {
        Some(CommandId::Back | CommandId::Cancel | CommandId::Quit) if !interrupts => vec![Effect::Quit],
        Some(CommandId::Cancel) if is_cancelled_again(state) => vec![Effect::Quit],
        Some(CommandId::Cancel) => {
            state.cancelled_at = Some(state.now);
            Vec::new()
        }
        Some(id @ (CommandId::Suspend | CommandId::Redraw)) => run(state, id),
        Some(_) | None => Vec::new(),
    }
}

/// Runs a command, or says why it cannot.
fn run(state: &mut State, id: CommandId) -> Vec<Effect> {
    match prepare(state, id) {
        Ok(act) => perform(state, act),
        Err(refusal) => {
            if *refusal != *HERE {
                say(state, &refusal, false);
            }
            Vec::new()
        }
    }
}

pub(super) fn say(state: &mut State, sentence: &str, is_fault: bool) {
    notice::answer(state, sentence, is_fault);
}

pub(super) fn perform(state: &mut State, act: Act) -> Vec<Effect> {
    match act {
        Act::Do(effect) => {
            if matches!(effect, Effect::ReadNow(_)) {
                say(state, "reading again", false);
                state.reading_at = Some(state.now);
                reorder(state);
            }
            if let Effect::Mouse(on) = effect {
                pointer::switch(state, on);
            }
            if let Effect::Run(run) = &effect {
                say(state, &format!("{} runs", run.name), false);
            }
            if matches!(effect, Effect::Copy(_)) {
                say(state, "handed to the terminal's clipboard", false);
            }
            return vec![effect];
        }
        Act::OpenHelp => state.dialog = Some(Dialog::new(Kind::Help { scroll: 0 })),
        Act::OpenPalette => {
            let palette = palette::Palette::open(state);
            state.dialog = Some(Dialog::new(Kind::Palette(palette)));
        }
        Act::ChooseColumns => preferences::choose_columns(state),
        Act::ChooseView => preferences::choose_view(state),
        Act::Cancel => cancel(state),
        Act::Go(place) => go(state, |state| state.history.go(place)),
        Act::GoBack => go(state, |state| state.history.back()),
        Act::GoForward => go(state, |state| state.history.forward()),
        Act::GoPrevious => go(state, |state| state.history.previous()),
        Act::Move(motion) => move_selection(state, motion),
        Act::Plan(intent) => operations::open_plan(state, &intent),
        Act::Setup(setup) => state.dialog = Some(Dialog::new(Kind::Setup(setup))),
        Act::Reason(reason) => state.dialog = Some(Dialog::new(Kind::Reason(reason))),
        Act::Decide(decision) => state.dialog = Some(Dialog::new(Kind::Decide(decision))),
        Act::Fill(form) => state.dialog = Some(Dialog::new(Kind::Form(form))),
        Act::Menu(menu) => github::open_menu(state, menu),
        Act::Lock(key) => state.dialog = Some(Dialog::new(Kind::Lock(Box::new(LockForm::new(key))))),
        Act::Confirm { question, then } => state.dialog = Some(Dialog::new(Kind::Confirm { question, then, scroll: 0 })),
        Act::Read(text) => state.dialog = Some(Dialog::new(Kind::Reader(text))),
        Act::Logs(deed) => return logs::update::perform(state, deed),
        Act::Panes(deed) => return panes::act::perform(state, deed),
        Act::Timeline(deed) => timeline::act::perform(state, deed),
        Act::Reveal(scope, key) => return vec![properties::ask(state, scope, key)],
        Act::Copy => return super::copy::perform(state),
        Act::Versions(environments) => match super::operate::versions(state, &environments) {
            Ok(menu) => github::open_menu(state, menu),
            Err(why) => say(state, &why, false),
        },
        Act::Hide => properties::hide(state),
        Act::ToggleDifferent => properties::toggle_different(state),
        Act::ToggleOrphans => previews::toggle_orphans(state),
        Act::ToggleMine | Act::ToggleGate(_) => github::perform(state, &act),
        Act::OtherPane { back } => turn_to_pane(state, back),
        Act::EditFilter
        | Act::ClearFilter
        | Act::MoveColumn(_)
        | Act::Sort
        | Act::ToggleFaultsOnly
        | Act::ToggleFold(_)
        | Act::FoldAll(_)
        | Act::ToggleMark(_)
        | Act::MarkRange(_, _)
        | Act::ClearMarks => on_fleet(state, act),
    }
    Vec::new()
}

/// Changes the place; the new screen starts with nothing of the old one's selections.
pub(super) fn go(state: &mut State, change: impl FnOnce(&mut State)) {
    let before = state.place().clone();
    change(state);
    if *state.place() != before {
        if before == Place::Operations {
            state.operations.refused = None;
        }
        match state.place() {
            Place::Environment(_) => state.environment_screen = super::environment::EnvironmentScreen::default(),
            Place::Sheet(repository, run) => state.sheet_screen = state.followed.sheet(repository, *run),
            Place::Operations => state.operations_screen.pane = super::operations_screen::Pane::default(),
            Place::Timeline(_) => timeline::arrive(state),
            Place::Properties(_) => properties::arrive(state),
            Place::Fleet | Place::Pending(_) | Place::Promotions | Place::Logs(_) | Place::Previews => {}
        }
    }
    reorder(state);
}

/// Has the rows stand where they should: what was done says that they may move.
const fn reorder(state: &mut State) {
    state.fleet_screen.stand = Stand::Due;
    state.stale_rows = true;
}

fn is_cancelled_again(state: &State) -> bool {
    state.cancelled_at.is_some_and(|at| seconds_since(at, state.now) < CANCEL_SECONDS)
}

fn cancel(state: &mut State) {
    if is_cancelled_again(state) {
        state.cancelled_at = None;
        notice::clear(state);
        let question = quit::question(state).unwrap_or_else(|| "Quit Quarterdeck?".to_owned());
        state.dialog = Some(Dialog::new(Kind::Confirm { question, then: Effect::Quit, scroll: 0 }));
    } else {
        state.cancelled_at = Some(state.now);
        say(state, "press ctrl-c again to quit", false);
    }
}

fn move_selection(state: &mut State, motion: Motion) {
    match state.history.current() {
        Place::Fleet => {
            let window = fleet_window(state);
            let screen = &mut state.fleet_screen;
            let index = motion.apply(screen.cursor.index(), screen.rows.len(), window);
            screen.cursor.select(index, &screen.rows, window);
        }
        Place::Environment(key) => {
            let environment = state.fleet.get(key);
            state.environment_screen.select(environment.as_ref(), state.size, |index, count, window| motion.apply(index, count, window));
        }
        Place::Operations => operations::move_selection(state, motion),
        Place::Logs(_) => logs::update::step(state, motion),
        Place::Previews => previews::move_selection(state, motion),
        Place::Properties(_) => properties::move_selection(state, motion),
        Place::Timeline(_) => timeline::move_selection(state, motion),
        Place::Pending(_) | Place::Promotions | Place::Sheet(_, _) => github::move_selection(state, motion),
    }
}

fn turn_to_pane(state: &mut State, back: bool) {
    if *state.place() == Place::Operations {
        operations::turn_to_pane(state);
    }
    if let Place::Environment(key) = state.history.current() {
        let has_sentences = super::environment::sentences(state.fleet.get(key).as_ref()) > 0;
        let screen = &mut state.environment_screen;
        screen.pane = screen.pane.other(back, has_sentences);
        screen.scroll = 0;
    }
}
