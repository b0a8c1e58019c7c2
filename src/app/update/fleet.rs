//! What is done on the Fleet screen: sorting, folding, marks and the filter.

use super::super::act::{Act, Motion};
use super::super::command::CommandId;
use super::super::event::Effect;
use super::super::filter::{Filter, TextField};
use super::super::fleet::{FleetScreen, Row};
use super::super::github::GitHubState;
use super::super::key::{Code, Key};
use super::super::notice;
use super::super::standing::Stand;
use super::super::state::State;
use super::{move_selection, reorder, run, say};
use crate::model::column::{Column, Order};
use crate::model::id::EnvironmentKey;

pub(super) fn on_fleet(state: &mut State, act: Act) {
    let screen = &mut state.fleet_screen;
    state.stale_rows = true;
    if matches!(act, Act::ClearFilter | Act::Sort | Act::ToggleFaultsOnly | Act::FoldAll(_)) {
        screen.stand = Stand::Due;
    }
    match act {
        Act::EditFilter => {
            screen.editing_filter = true;
            // Said about what was done before.
            notice::clear(state);
        }
        Act::ClearFilter if screen.filter_text.text().is_empty() => screen.faults_only = false,
        Act::ClearFilter => {
            screen.filter_text = TextField::default();
            apply_filter(state);
        }
        Act::MoveColumn(delta) => screen.column = neighbour(screen, delta, GitHubState::is_used(&state.fleet)),
        Act::Sort => screen.order = next_order(screen.order, screen.column),
        Act::ToggleFaultsOnly => screen.faults_only = !screen.faults_only,
        Act::ToggleFold(app) => {
            let folded = screen.groups.get(&app).is_some_and(|group| group.folded);
            screen.folds.insert(app, !folded);
        }
        Act::FoldAll(folded) => screen.folds = screen.groups.keys().map(|app| (app.clone(), folded)).collect(),
        Act::ToggleMark(key) => {
            if !screen.marks.remove(&key) {
                screen.marks.insert(key.clone());
                screen.last_marked = Some(key);
            }
            move_selection(state, Motion::By(1));
        }
        Act::MarkRange(from, to) => mark_range(state, &from, &to),
        Act::ClearMarks => {
            screen.marks.clear();
            screen.last_marked = None;
        }
        Act::OpenHelp
        | Act::OpenPalette
        | Act::ChooseColumns
        | Act::ChooseView
        | Act::Go(_)
        | Act::GoBack
        | Act::GoForward
        | Act::GoPrevious
        | Act::Move(_)
        | Act::ToggleMine
        | Act::ToggleGate(_)
        | Act::Decide(_)
        | Act::Fill(_)
        | Act::Menu(_)
        | Act::Plan(_)
        | Act::Setup(_)
        | Act::Reason(_)
        | Act::Lock(_)
        | Act::Confirm { .. }
        | Act::Read(_)
        | Act::OtherPane { .. }
        | Act::Do(_)
        | Act::Logs(_)
        | Act::Panes(_)
        | Act::Timeline(_)
        | Act::Reveal(..)
        | Act::Copy
        | Act::Versions(_)
        | Act::Hide
        | Act::ToggleDifferent
        | Act::ToggleOrphans
        | Act::Cancel => {}
    }
}

fn neighbour(screen: &FleetScreen, delta: isize, has_chains: bool) -> Column {
    let columns: Vec<Column> = screen.wanted_columns(has_chains).map(|shown| shown.column).collect();
    let at = columns.iter().position(|other| *other == screen.column).unwrap_or(0);
    let to = at.saturating_add_signed(delta).min(columns.len().saturating_sub(1));
    columns.get(to).copied().unwrap_or(screen.column)
}

fn next_order(order: Order, column: Column) -> Order {
    match order {
        Order::By { column: same, descending: false } if same == column => Order::By { column, descending: true },
        Order::By { column: same, descending: true } if same == column => Order::Urgency,
        Order::By { .. } | Order::Urgency => Order::By { column, descending: false },
    }
}

fn mark_range(state: &mut State, from: &EnvironmentKey, to: &EnvironmentKey) {
    let screen = &mut state.fleet_screen;
    let place = |wanted| screen.rows.iter().position(|row| matches!(row, Row::Environment(key) if key == wanted));
    let (Some(a), Some(b)) = (place(from), place(to)) else {
        say(state, "the environment marked last is not among the rows shown", false);
        return;
    };
    let marked = screen.rows.iter().skip(a.min(b)).take(a.abs_diff(b) + 1).filter_map(|row| match row {
        Row::Environment(key) => Some(key.clone()),
        Row::Group(_) => None,
    });
    screen.marks.extend(marked);
    screen.last_marked = Some(to.clone());
}

pub(in crate::app) fn apply_filter(state: &mut State) {
    let screen = &mut state.fleet_screen;
    match Filter::new(screen.filter_text.text()) {
        Ok(filter) => {
            screen.filter = filter;
            screen.filter_error = None;
        }
        Err(sentence) => screen.filter_error = Some(sentence),
    }
    reorder(state);
}

pub(super) fn press_in_filter(state: &mut State, key: Key) -> Vec<Effect> {
    let screen = &mut state.fleet_screen;
    match (key.ctrl, key.code) {
        (false, Code::Enter) => screen.editing_filter = false,
        (false, Code::Esc) | (true, Code::Char('c')) => {
            screen.editing_filter = false;
            screen.filter_text = TextField::default();
            apply_filter(state);
        }
        // The selection can be moved while typing.
        (false, Code::Up) => move_selection(state, Motion::By(-1)),
        (false, Code::Down) => move_selection(state, Motion::By(1)),
        (false, Code::PageUp) => move_selection(state, Motion::Pages(-1)),
        (false, Code::PageDown) => move_selection(state, Motion::Pages(1)),
        (true, Code::Char('z')) => return run(state, CommandId::Suspend),
        _ => {
            if screen.filter_text.key(key) {
                apply_filter(state);
            }
        }
    }
    state.stale_rows = true;
    Vec::new()
}
