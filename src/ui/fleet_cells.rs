//! The cells of the fleet table.
//!
//! A cell that nothing was read for yet is `·`, one whose value is not known
//! is `?`, one for which there is nothing to tell is `—`: none is ever shown
//! as fine or as zero.

use std::borrow::Cow;

use super::chain;
use super::line::Line;
use super::lock;
use super::operations_elsewhere;
use super::table::{Align, Column as TableColumn, GUTTER, Placed};
use super::text::{per_second, seconds, share, width};
use super::theme::Role;
use super::version;
use super::view::View;
use super::words::{self, NOT_YET, NOTHING, REMEMBERED, UNKNOWN};
use crate::app::fleet::{running_since, short_region};
use crate::app::github::GitHubState;
use crate::app::remembered::Shown;
use crate::model::activity::Activity;
use crate::model::column::Column;
use crate::model::environment::Environment;
use crate::model::health::{Cause, Level, Traffic};
use crate::model::sighting::Question;

/// From this width on, regions are written out.
const WIDE: usize = 110;
/// The least width in which what goes on can be told at all: `↻ 2/4 3m`.
const LEAST_ACTIVITY: usize = 10;
/// The least in which more of it than figures is told.
const USEFUL_ACTIVITY: usize = 18;
/// From this width on, what goes on has a quarter of the room.
const SPACIOUS: usize = 132;
/// What the account is worth where environments of several have the same name in the same region.
const TWINS_ACCOUNT: u8 = 120;
/// From this width on, a label with a date and a time in it stands whole.
const ROOMY: usize = 180;
/// A share of 5xx answers from which on a person should look.
const ERRORS_MATTER: f64 = 0.01;
/// A share of 5xx answers at which users cannot work.
const ERRORS_ARE_SEVERE: f64 = 0.1;

/// The columns of the table in this room.
#[must_use]
pub fn columns(view: &View<'_>, room: usize) -> Vec<TableColumn<Column>> {
    let screen = &view.state.fleet_screen;
    let accounts = view.state.has_several_accounts() || screen.column == Column::Account;
    let wanted = screen.wanted_columns(GitHubState::is_used(&view.state.fleet));
    let wanted = wanted.filter(|shown| accounts || shown.column != Column::Account);
    let shaped = |column| {
        let shape = held(shape(column, room), view);
        // Where only that tells rows apart, it goes after all but what a row is known by.
        let worth = if column == Column::Account && screen.has_twins { TWINS_ACCOUNT } else { shape.worth };
        TableColumn { worth, ..shape }
    };
    let mut columns: Vec<TableColumn<Column>> = wanted.map(|shown| sized(shaped(shown.column), shown.width, room)).collect();
    widen_activity(&mut columns, room);
    columns
}

/// On a narrow screen what goes on takes what is left beside what is worth more, before any other column does.
fn widen_activity(columns: &mut [TableColumn<Column>], room: usize) {
    let worth = Column::Activity.worth();
    let before: usize = columns.iter().filter(|column| column.worth > worth).map(|column| column.least + 1).sum();
    let left = room.saturating_sub(GUTTER + before).min(USEFUL_ACTIVITY);
    if let Some(activity) = columns.iter_mut().find(|column| column.id == Column::Activity && column.least < left) {
        activity.least = left.min(activity.most);
    }
}

/// The column as wide as a person wants it. What is made wide may take the place of others, but never of the names.
fn sized(column: TableColumn<Column>, width: Option<u16>, room: usize) -> TableColumn<Column> {
    let Some(width) = width.map(usize::from) else { return column };
    let is_name = column.id == Column::Environment;
    let width = if is_name { width.min(room.saturating_sub(GUTTER)) } else { width };
    let worth = if is_name { column.worth } else { column.worth.min(254) };
    TableColumn { worth, least: width, usual: width, most: width, ..column }
}

/// The column no wider than what it holds: what is to spare is for what goes on.
fn held(column: TableColumn<Column>, view: &View<'_>) -> TableColumn<Column> {
    let widths = view.state.fleet_screen.widths;
    let lock = if view.state.locks.each.is_empty() { 0 } else { width(lock::SIGN) + 1 };
    let held = match column.id {
        Column::Environment => widths.name + lock,
        Column::Account => widths.account,
        Column::Region => widths.region,
        Column::Version => widths.version,
        // Before how it was stands how long ago that was.
        Column::Health if view.state.fleet_screen.counts.remembered > 0 => {
            return TableColumn { least: column.most, usual: column.most, ..column };
        }
        _ => return column,
    };
    // A heading has an arrow behind it where its column is sorted by.
    let held = held.max(column.title.len() + 1);
    TableColumn { least: column.least.min(held), usual: column.usual.min(held), most: column.most.min(held), ..column }
}

fn shape(column: Column, room: usize) -> TableColumn<Column> {
    // Where there is room, what goes on is worth more of it than yet another column.
    let region = if room >= WIDE { 14 } else { 6 };
    let activity = match room {
        0..WIDE => LEAST_ACTIVITY,
        WIDE..SPACIOUS => 26,
        _ => room / 4,
    };
    let (least, usual, most) = match column {
        Column::Environment => (20, 26, 40),
        Column::Account => (8, 12, 18),
        Column::Region => (region, region, region),
        Column::Tier => (11, 11, 11),
        Column::Health => (if room >= WIDE { 11 } else { 10 }, 11, 13),
        Column::Version => (if room >= ROOMY { 28 } else { 18 }, 28, 30),
        Column::Age => (4, 4, 4),
        Column::Behind => (7, 9, 9),
        Column::Instances => (5, 6, 7),
        Column::Requests | Column::P99 => (5, 5, 6),
        Column::Errors => (5, 5, 5),
        Column::Activity => (activity, 36, usize::MAX),
    };
    let align = match column {
        Column::Age | Column::Instances | Column::Requests | Column::P99 | Column::Errors => Align::Right,
        Column::Environment
        | Column::Account
        | Column::Region
        | Column::Tier
        | Column::Health
        | Column::Version
        | Column::Behind
        | Column::Activity => Align::Left,
    };
    TableColumn { id: column, title: column.title(), worth: column.worth(), least, usual, most, align }
}

/// The text of an environment in a column.
#[must_use]
pub fn cell<'a>(view: &View<'a>, shown: Shown<'a>, placed: &Placed<Column>) -> Line<'a> {
    let environment = &shown.environment;
    if shown.is_remembered {
        match placed.id {
            Column::Health => return remembered_health(view, environment),
            Column::Activity => return remembered_activity(view, environment),
            _ => {}
        }
    }
    let is_old = shown.is_remembered || environment.listing_fault().is_some();
    let stale = is_old && placed.id != Column::Activity;
    let line = match placed.id {
        Column::Environment => name(view, environment),
        Column::Account => account(view, environment),
        Column::Region => region(view, environment, placed.width),
        Column::Tier => Line::own(environment.tier().word(), Role::Faint),
        Column::Health => health(environment),
        Column::Version if environment.is_unseen() => Line::own(UNKNOWN, Role::HealthUnknown),
        Column::Version => version::cell(&view.state.fleet, environment, placed.width),
        Column::Age => age(view, environment),
        Column::Behind => chain::behind(view.state.github.shown_behind(&environment.key())),
        Column::Instances => instances(environment),
        Column::Requests => traffic(environment, |traffic| traffic.requests_per_second.map(|rate| (per_second(rate), Role::Text))),
        Column::P99 => traffic(environment, |traffic| traffic.p99.map(|time| (seconds(time), Role::Text))),
        Column::Errors => traffic(environment, |traffic| traffic.server_error_share.map(|part| (share(part), errors_role(part)))),
        Column::Activity => activity(view, environment, placed.width),
    };
    match (stale, placed.id) {
        (false, _) => line,
        // What was severe when it was last read catches the eye still: only the words are quiet.
        (true, Column::Health) => words::stale_level(environment.level(), words::platform_word(environment)),
        (true, _) => line.in_role(Role::Stale),
    }
}

/// How it was, and how long ago that was: never to be taken for how it is.
fn remembered_health<'a>(view: &View<'_>, environment: &Environment<'a>) -> Line<'a> {
    let level = environment.level();
    let age = environment.listed_at().map_or_else(String::new, |at| view.age(at).to_string());
    let word = words::platform_word(environment).filter(|_| level == Level::Unknown).unwrap_or_else(|| words::level_word(level));
    Line::own(format!("{REMEMBERED} "), words::level_role(level))
        .and(format!("{age} "), Role::Stale)
        .and_foreign(word.to_owned(), Role::Stale)
}

/// Why it cannot be read, and what went on when it last was.
fn remembered_activity<'a>(view: &View<'a>, environment: &Environment<'a>) -> Line<'a> {
    let fault = environment.source().and_then(|source| view.state.fleet.source(source)?.current_fault());
    let age = environment.listed_at().map_or_else(String::new, |at| view.age(at).to_string());
    let failed = fault.map(|(_, fault)| Line::own(format!("! {}, {age} old", fault.kind.word()), Role::Fault));
    let line = failed.unwrap_or_default();
    match environment.activity().and_then(|told| told.value) {
        Some(going_on) if line.is_empty() => Line::own(format!("was {}", going_on.kind.phrase()), Role::Stale),
        Some(going_on) => line.and(format!(", was {}", going_on.kind.phrase()), Role::Stale),
        None => line,
    }
}

/// The name, with a sign before it where somebody has locked it: a long name must not hide that.
fn name<'a>(view: &View<'a>, environment: &Environment<'a>) -> Line<'a> {
    let key = environment.key();
    let sign = if view.state.locks.of(&key, view.state.now).is_some() { format!("{} ", lock::SIGN) } else { String::new() };
    Line::own(sign, Role::HealthWarning).and_foreign(key.name.to_string(), Role::Text)
}

/// What the account is called; its digits where nothing configured leads there by a name.
fn account<'a>(view: &View<'_>, environment: &Environment<'a>) -> Line<'a> {
    let names = &view.state.fleet_screen.names;
    let account = environment.key().account;
    Line::foreign(account.map_or_else(|| NOTHING.to_owned(), |account| names.short(&account)), Role::Text)
}

/// The region; where not every one can be written out, each in few letters.
fn region<'a>(view: &View<'_>, environment: &Environment<'a>, room: usize) -> Line<'a> {
    let region = environment.key().region;
    let text = region.map_or_else(|| NOTHING.to_owned(), |region| region.to_string());
    Line::foreign(if room < view.state.fleet_screen.widths.region { short_region(&text) } else { text }, Role::Text)
}

fn health<'a>(environment: &Environment<'a>) -> Line<'a> {
    let mut line = Line::new();
    line.push(words::health(environment));
    line
}

fn age<'a>(view: &View<'_>, environment: &Environment<'a>) -> Line<'a> {
    match running_since(environment) {
        Some(since) => Line::own(view.age(since).to_string(), Role::Text),
        None => missing(environment, environment.instances().is_some(), Question::Instances),
    }
}

fn instances<'a>(environment: &Environment<'a>) -> Line<'a> {
    let Some(told) = environment.instances() else { return missing(environment, false, Question::Instances) };
    let total = told.value.total();
    match told.value.healthy() {
        Some(healthy) if healthy < total => Line::own(format!("{healthy}/{total}"), Role::HealthDegraded),
        Some(healthy) => Line::own(format!("{healthy}/{total}"), Role::Text),
        None => Line::own(format!("{UNKNOWN}/{total}"), Role::Text),
    }
}

fn traffic<'a>(environment: &Environment<'a>, figure: impl Fn(Traffic) -> Option<(String, Role)>) -> Line<'a> {
    match environment.traffic() {
        Some(told) => match figure(told.value) {
            Some((text, role)) => Line::own(text, role),
            None => Line::own(NOTHING, Role::Faint),
        },
        None => missing(environment, false, Question::Health),
    }
}

/// What stands where there is no value: not read yet, not to be had, or not known.
fn missing<'a>(environment: &Environment<'a>, read: bool, asked: Question) -> Line<'a> {
    let offered = environment.identity().is_some_and(|identity| identity.answers.holds(asked));
    if environment.is_unseen() || environment.detail_fault().is_some() {
        Line::own(UNKNOWN, Role::HealthUnknown)
    } else if read || !offered {
        Line::own(NOTHING, Role::Faint)
    } else {
        Line::own(NOT_YET, Role::Faint)
    }
}

/// How a share of 5xx answers stands, the same wherever it is told.
pub(super) fn errors_role(part: f64) -> Role {
    if part >= ERRORS_ARE_SEVERE {
        Role::HealthSevere
    } else if part >= ERRORS_MATTER {
        Role::HealthDegraded
    } else {
        Role::Text
    }
}

/// What goes on, else what is wrong: the fault of the listing first, since it makes the rest old.
fn activity<'a>(view: &View<'a>, environment: &Environment<'a>, room: usize) -> Line<'a> {
    if let Some(fault) = environment.listing_fault() {
        let old = environment.listed_at().map_or_else(String::new, |at| format!(", {} old", view.age(at)));
        let line = Line::own(format!("! {}{old}", fault.value.kind.word()), Role::Fault);
        // What went on when it was last read may go on still.
        return match environment.activity().and_then(|told| told.value) {
            Some(going_on) => line.and(format!(", was {}", going_on.kind.phrase()), Role::Faint),
            None => line,
        };
    }
    if environment.is_unseen() {
        return Line::own("declared, not seen", Role::HealthUnknown);
    }
    if let Some(line) =
        operations_elsewhere::of_environment(view, &environment.key(), environment.activity().and_then(|told| told.value), room)
    {
        return line;
    }
    if let Some(going_on) = environment.activity().and_then(|told| told.value) {
        return progress(view, &going_on, room);
    }
    let cause = environment.causes().into_iter().next().filter(|_| environment.level() != Level::Ok);
    if let Some(cause) = cause {
        return Line::foreign(in_room(cause, room), Role::Text);
    }
    if let Some(line) = lock::sentence(view, &environment.key()) {
        return line;
    }
    match environment.detail_fault() {
        Some(fault) => Line::own(format!("! details {}", fault.value.kind.word()), Role::Fault),
        None => Line::new(),
    }
}

/// A cause as a cell of this width tells it: whole where that fits, else in few words, which tell more than the beginning of
/// many. The details below the table have all of it.
fn in_room(cause: Cause<'_>, room: usize) -> Cow<'_, str> {
    let whole = what_before_where(cause.text);
    match cause.brief().filter(|_| width(&whole) > room) {
        Some(brief) => Cow::Owned(brief),
        None => whole,
    }
}

/// A cause as a narrow cell tells it: what it is, and behind that the instance that it names first.
fn what_before_where(cause: &str) -> Cow<'_, str> {
    let named = cause.split_once(": ").filter(|(id, what)| is_instance(id) && !what.is_empty());
    named.map_or(Cow::Borrowed(cause), |(id, what)| Cow::Owned(format!("{what} ({id})")))
}

/// Whether this is how EC2 calls an instance: `i-` and hexadecimal digits.
fn is_instance(word: &str) -> bool {
    word.strip_prefix("i-").is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What goes on, how far it is, since when: as much of it as there is room for.
#[must_use]
pub fn progress(view: &View<'_>, activity: &Activity, room: usize) -> Line<'static> {
    let phrase = activity.kind.phrase();
    let figures = activity.done.zip(activity.total);
    let done = figures.map_or_else(String::new, |(done, total)| format!(" {done}/{total}"));
    let age = activity.since.map_or_else(String::new, |since| format!(" {}", view.age(since)));
    let mut whole = Line::own(format!("↻ {phrase}{done} "), Role::Activity);
    if let Some((done, total)) = figures {
        whole.append(bar(done, total, 4));
        whole = whole.and(age.clone(), Role::Faint);
    } else {
        whole = whole.and(age.trim().to_owned(), Role::Faint);
    }
    let shorter = [
        Line::own(format!("↻ {phrase}{done}"), Role::Activity).and(age.clone(), Role::Faint),
        Line::own(format!("↻ {phrase}{done}"), Role::Activity),
        Line::own(format!("↻{done}"), Role::Activity).and(age, Role::Faint),
    ];
    // Without figures the word alone must do.
    let shorter = shorter.into_iter().take(if figures.is_some() { 3 } else { 2 });
    std::iter::once(whole.clone()).chain(shorter).find(|line| line.width() <= room).unwrap_or(whole)
}

/// A bar of so many cells; full only when everything is done.
#[must_use]
pub fn bar(done: u32, total: u32, cells: usize) -> Line<'static> {
    let share = f64::from(done.min(total)) / f64::from(total.max(1));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a handful of cells")]
    let full = (share * cells as f64).floor() as usize;
    Line::own("▰".repeat(full), Role::Activity).and("▱".repeat(cells - full.min(cells)), Role::Activity)
}
