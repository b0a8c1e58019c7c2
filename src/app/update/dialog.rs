//! Keys and pasted text while a dialog is open.

use super::super::act::Act;
use super::super::decision::Pressed;
use super::super::dialog::{Dialog, Kind};
use super::super::event::Effect;
use super::super::github_update as github;
use super::super::history::Place;
use super::super::key::{Code, Key};
use super::super::menu::Pressed as Chosen;
use super::super::operations_update as operations;
use super::super::state::State;
use super::super::{lock, logs, palette, preferences, timeline};
use super::fleet::apply_filter;
use super::{READER_FRAME, custom, dialog_keys, perform, run, say};

pub(super) fn press_in_dialog(state: &mut State, pressed: Key) -> Vec<Effect> {
    let Some(dialog) = &state.dialog else { return Vec::new() };
    let key = dialog_keys::there(&state.keymap, &dialog.kind, pressed);
    let whole = state.terminal();
    let closes = key == Key::of(Code::Esc) || key == Key::ctrl('c');
    let Some(dialog) = &mut state.dialog else { return Vec::new() };
    if key == Key::ctrl('z') {
        return vec![Effect::Suspend];
    }
    match &mut dialog.kind {
        Kind::Confirm { then, scroll, .. } => {
            scroll_by_key(scroll, key);
            // Who presses ctrl-c once more at the question whether to quit means it.
            let yes = key == Key::char('y') || (key == Key::ctrl('c') && *then == Effect::Quit);
            let effect = yes.then(|| then.clone());
            if let Some(Effect::Run(run)) = &effect {
                say(state, &format!("{} runs", run.name), false);
            }
            if effect.is_some() || closes || key == Key::char('n') || key == Key::char('q') {
                state.dialog = None;
            }
            effect.into_iter().collect()
        }
        Kind::Help { scroll } => {
            scroll_by_key(scroll, key);
            match (key.ctrl, key.code) {
                (false, Code::Char('?' | 'q') | Code::Enter) => state.dialog = None,
                _ if closes => state.dialog = None,
                _ => {}
            }
            Vec::new()
        }
        Kind::Decide(_) | Kind::Form(_) | Kind::Setup(_) | Kind::Reason(_) if closes => {
            state.dialog = None;
            say(state, "nothing was sent", false);
            Vec::new()
        }
        Kind::Decide(decision) => match decision.press(key) {
            Pressed::On => Vec::new(),
            Pressed::Confirmed => github::confirm(state),
        },
        Kind::Menu(_) | Kind::Palette(_) if closes => {
            state.dialog = None;
            Vec::new()
        }
        Kind::Menu(menu) => match menu.press(key) {
            Chosen::On => Vec::new(),
            Chosen::Chosen => github::choose(state),
            Chosen::Copied => github::copy_page(state),
        },
        Kind::Reader(text) => {
            if closes || !text.press(key, usize::from(whole.height).saturating_sub(READER_FRAME)) {
                state.dialog = None;
            }
            Vec::new()
        }
        Kind::Form(form) => {
            if form.press(key) {
                github::plan_dispatch(state);
            }
            Vec::new()
        }
        Kind::Setup(setup) => {
            if let Some(wanted) = setup.press(key) {
                operations::open_set_up(state, wanted);
            }
            Vec::new()
        }
        Kind::Reason(reason) => {
            if reason.press(key) {
                return operations::reasoned(state);
            }
            Vec::new()
        }
        Kind::Lock(_) if closes => {
            state.dialog = None;
            say(state, "nothing was locked", false);
            Vec::new()
        }
        Kind::Lock(form) => {
            if form.press(key) {
                return lock::confirm(state);
            }
            Vec::new()
        }
        Kind::Columns(_) => {
            preferences::press_in_columns(state, key);
            Vec::new()
        }
        Kind::Views(_) => {
            preferences::press_in_views(state, key);
            Vec::new()
        }
        Kind::Palette(_) => press_in_palette(state, key),
    }
}

/// Scrolls through lines of which the view knows how many there are.
const fn scroll_by_key(scroll: &mut usize, key: Key) {
    *scroll = match (key.ctrl, key.code) {
        (false, Code::Down | Code::Char('j')) => scroll.saturating_add(1),
        (false, Code::Up | Code::Char('k')) => scroll.saturating_sub(1),
        (false, Code::PageDown | Code::Char(' ')) | (true, Code::Char('d')) => scroll.saturating_add(10),
        (false, Code::PageUp) | (true, Code::Char('u')) => scroll.saturating_sub(10),
        (false, Code::Char('g') | Code::Home) => 0,
        _ => *scroll,
    };
}

fn press_in_palette(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(Dialog { kind: Kind::Palette(palette), .. }) = &mut state.dialog else { return Vec::new() };
    match (key.ctrl, key.code) {
        (false, Code::Down) | (true, Code::Char('n')) => palette.move_by(1),
        (false, Code::Up) | (true, Code::Char('p')) => palette.move_by(-1),
        (false, Code::PageDown) => palette.move_by(10),
        (false, Code::PageUp) => palette.move_by(-10),
        (false, Code::Enter) => {
            let chosen = palette.chosen();
            state.dialog = None;
            return match chosen {
                Some(palette::Target::Command(id)) => run(state, id),
                Some(palette::Target::Custom(number)) => custom::run(state, number),
                Some(palette::Target::Environment(key)) => perform(state, Act::Go(Place::Environment(key))),
                // What was shown is what is meant, even if it could act by now.
                Some(palette::Target::Refused(_, refusal)) => {
                    say(state, &refusal, false);
                    Vec::new()
                }
                None => Vec::new(),
            };
        }
        _ => {
            if palette.input.key(key) {
                refresh_palette(state);
            }
        }
    }
    Vec::new()
}

fn refresh_palette(state: &mut State) {
    // Taken out, so that the search can read the rest of the state.
    let Some(mut dialog) = state.dialog.take() else { return };
    if let Kind::Palette(palette) = &mut dialog.kind {
        palette.search(state);
    }
    state.dialog = Some(dialog);
}

pub(super) fn paste(state: &mut State, text: &str) {
    state.dirty = true;
    if state.dialog.is_none() && logs::update::takes_keys(state) {
        return logs::update::paste(state, text);
    }
    if state.dialog.is_none() && timeline::takes_keys(state) {
        return timeline::paste(state, text);
    }
    match &mut state.dialog {
        Some(Dialog { kind: Kind::Palette(palette), seen: true }) => {
            palette.input.insert(text);
            refresh_palette(state);
        }
        Some(Dialog { kind: Kind::Decide(decision), seen: true }) => decision.paste(text),
        Some(Dialog { kind: Kind::Form(form), seen: true }) => form.paste(text),
        Some(Dialog { kind: Kind::Lock(form), seen: true }) => form.paste(text),
        Some(Dialog { kind: Kind::Setup(setup), seen: true }) => setup.paste(text),
        Some(Dialog { kind: Kind::Reason(reason), seen: true }) => reason.text.insert(text),
        Some(Dialog { kind: Kind::Menu(menu), seen: true }) => menu.paste(text),
        Some(Dialog { kind: Kind::Views(views), seen: true }) => views.paste(text),
        None if state.fleet_screen.editing_filter => {
            state.fleet_screen.filter_text.insert(text);
            apply_filter(state);
        }
        Some(_) | None => {}
    }
}
