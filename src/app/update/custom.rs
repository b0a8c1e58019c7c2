//! Commands of a team's own: they are run, and what they wrote is shown.

use super::super::custom::{Output, Ran, Run, prepare};
use super::super::dialog::{Dialog, Kind};
use super::super::event::{Effect, Event, Program};
use super::super::logs;
use super::super::reader::Reader;
use super::super::state::State;
use super::super::timeline;
use super::{perform, say};

/// Runs the command of this number, or says why it cannot.
pub(super) fn run(state: &mut State, number: usize) -> Vec<Effect> {
    match prepare(state, number) {
        Ok(act) => perform(state, act),
        Err(refusal) => {
            say(state, &refusal, false);
            Vec::new()
        }
    }
}

/// Takes in what is told of one.
pub(super) fn told(state: &mut State, event: Event) -> Vec<Effect> {
    state.dirty = true;
    if let Event::Ran(ran) = &event
        && let Some(at) = state.running.iter().position(|name| *name == ran.run.name)
    {
        state.running.remove(at);
    }
    match event {
        Event::MayRun(run) => vec![lend(run)],
        Event::Ran(told) => ran(state, *told),
        _ => Vec::new(),
    }
}

/// It is written down that it is run: the terminal is lent to it.
fn lend(run: Box<Run>) -> Effect {
    Effect::Lend(Box::new(Program { name: run.name.to_string(), command: run.command.clone(), run: Some(run), holds: false }))
}

/// Takes in how one ended.
fn ran(state: &mut State, ran: Ran) -> Vec<Effect> {
    let (sentence, is_bad) = match &ran.ended {
        Ok(sentence) => (sentence, false),
        Err(sentence) => (sentence, true),
    };
    say(state, &format!("{}: {sentence}", ran.run.name), is_bad);
    match ran.run.output {
        Output::Terminal => vec![Effect::NoteRan(Box::new(ran))],
        Output::Reader => {
            // What was not run has written nothing: the sentence says all.
            if !(ran.ended.is_err() && ran.written.is_empty()) {
                state.ran.push(ran);
            }
            Vec::new()
        }
    }
}

/// Opens what one has written, once nothing lies over the screen and nobody types.
pub(super) fn show(state: &mut State) {
    let is_taken = state.dialog.is_some() || state.is_typing_filter() || logs::update::takes_keys(state) || timeline::takes_keys(state);
    if is_taken || state.ran.is_empty() {
        return;
    }
    let ran = state.ran.remove(0);
    state.dialog = Some(Dialog::new(Kind::Reader(Box::new(Reader::of_run(&ran)))));
}
