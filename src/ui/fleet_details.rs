//! The details of the selected row, below the fleet table.
//!
//! ```text
//! ── h-prod · ca-central-1 · production · 4s ago ────────────────────────
//!  ✖ 31 % of the requests are failing with HTTP 5xx.
//!  ✖ ELB health is failing or not available for 2 of 4 instances.
//!  last event 41m ago: Environment health has transitioned from Ok to Severe.
//! ```
//!
//! Where not every sentence fits, the most important ones stand; the screen
//! of the environment has them all.

use ratatui::layout::Rect;

use super::chain;
use super::fleet::summary;
use super::fleet_cells::progress;
use super::line::{Line, Pen};
use super::lock;
use super::text::short_commits;
use super::theme::Role;
use super::version;
use super::view::View;
use super::words::{REMEMBERED, glyph, level_role, level_word};
use crate::app::fleet::{Group, Row, running_since};
use crate::app::remembered::Shown;
use crate::model::chain::Behind;
use crate::model::environment::Environment;
use crate::model::health::Level;
use crate::model::id::{AppName, Platform};

/// What is said of what was known when the console was last open.
const NOT_READ_YET: &str = "Not read yet in this run: what was known. Nothing is planned on that.";

/// Draws the details of the selected row.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let screen = &view.state.fleet_screen;
    match screen.cursor.selected() {
        Some(Row::Environment(key)) => {
            if let Some(Shown { environment, is_remembered }) = view.state.shown(key) {
                title(pen, area, environment_title(view, &environment));
                let said = if is_remembered { remembered(view, &environment) } else { sentences(view, &environment) };
                lines(pen, area, said);
            }
        }
        Some(Row::Group(app)) => {
            if let Some(group) = screen.groups.get(app) {
                title(pen, area, Line::foreign(app.as_str(), Role::Strong));
                lines(pen, area, of_group(app, group));
            }
        }
        None => {}
    }
}

/// A line with a title in it.
pub fn title(pen: &mut Pen<'_>, area: Rect, text: Line<'_>) {
    let room = usize::from(area.width);
    pen.line(area, 0, 0, Line::own("── ", Role::Rule));
    let end = pen.line(area, 0, 3, text.cut(room.saturating_sub(5)));
    pen.fill(area, 0, end + 1, room, "─", Role::Rule);
}

/// As many of these lines as there is room for, the most important ones, in their order.
fn lines(pen: &mut Pen<'_>, area: Rect, mut sentences: Vec<(u8, Line<'_>)>) {
    let room = usize::from(area.height).saturating_sub(1);
    while sentences.len() > room {
        let least = sentences.iter().enumerate().rev().min_by_key(|(_, (worth, _))| *worth).map(|(index, _)| index);
        let Some(least) = least else { break };
        sentences.remove(least);
    }
    for (index, (_, line)) in sentences.into_iter().enumerate() {
        pen.line(Rect { width: area.width.saturating_sub(1), ..area }, index + 1, 1, line);
    }
}

fn environment_title<'a>(view: &View<'_>, environment: &Environment<'a>) -> Line<'a> {
    let key = environment.key();
    let mut line = Line::foreign(key.name.to_string(), Role::Strong);
    if let Some(region) = key.region {
        line = line.and(" · ", Role::Faint).and_foreign(region.to_string(), Role::Text);
    }
    if let Some(account) = key.account.filter(|_| view.state.has_several_accounts()) {
        line = line.and(" · ", Role::Faint).and_foreign(view.state.fleet_screen.names.full(&account), Role::Text);
    }
    line = line.and(format!(" · {}", environment.tier()), Role::Faint);
    match environment.listed_at() {
        Some(at) => line.and(format!(" · read {} ago", view.age(at)), Role::Faint),
        None => line.and(" · never read", Role::HealthUnknown),
    }
}

/// What there is to say about one that is only remembered: how it was, and nothing about how it is.
fn remembered<'a>(view: &View<'a>, environment: &Environment<'a>) -> Vec<(u8, Line<'a>)> {
    let mut said = vec![(245, Line::own(format!("{REMEMBERED} {NOT_READ_YET}"), Role::Text)), (240, known(view, environment))];
    if let Some((stamp, fault)) = environment.source().and_then(|source| view.state.fleet.source(source)?.current_fault()) {
        let line = Line::own(format!("! {}, tried {} ago: ", fault.kind.word(), view.age(stamp.asked_at)), Role::Fault);
        said.push((250, line.and_foreign(fault.sentence.as_ref(), Role::Text)));
    }
    said
}

/// How it was when it was last read.
#[must_use]
pub fn known<'a>(view: &View<'a>, environment: &Environment<'a>) -> Line<'a> {
    let ago = environment.listed_at().map_or_else(String::new, |at| format!("{} ago ", view.age(at)));
    let line = Line::own(format!("{ago}it was {}", level_word(environment.level())), Role::Stale);
    match environment.label() {
        Some(label) => line.and(" and ran ", Role::Stale).and_foreign(label.as_str(), Role::Stale),
        None => line,
    }
}

/// What there is to say about an environment, with how important each sentence is.
fn sentences<'a>(view: &View<'a>, environment: &Environment<'a>) -> Vec<(u8, Line<'a>)> {
    let mut said = Vec::new();
    if let Some(fault) = environment.listing_fault() {
        let line = Line::own(format!("! {}, tried {} ago: ", fault.value.kind.word(), view.age(fault.at)), Role::Fault);
        said.push((250, line.and_foreign(fault.value.sentence.as_ref(), Role::Text)));
    }
    if environment.is_unseen() {
        said.push((240, Line::own("The configuration names it; no listing has held it so far.", Role::Text)));
    }
    if let Some(line) = lock::sentence(view, &environment.key()) {
        said.push((235, line));
    }
    health(view, environment, &mut said);
    if let Some(activity) = environment.activity().and_then(|told| told.value) {
        let line = progress(view, &activity, usize::MAX);
        said.push((200, if activity.since.is_some() { line.and(" so far", Role::Faint) } else { line }));
    }
    mixed(view, environment, &mut said);
    if let Some(fault) = environment.detail_fault() {
        let line = Line::own(format!("! {}, tried {} ago: ", fault.value.kind.word(), view.age(fault.at)), Role::Fault);
        said.push((120, line.and_foreign(fault.value.sentence.as_ref(), Role::Text)));
    }
    if let Some(event) = environment.events().next() {
        let line = Line::own(format!("last event {} ago: ", view.age(event.at)), Role::Faint);
        said.push((100, line.and_foreign(event.message.as_ref(), Role::Text)));
    }
    deployed(view, environment, &mut said);
    behind(view, environment, &mut said);
    said
}

/// Why it is not known how far it is behind: a sign in a cell is no reason.
fn behind<'a>(view: &View<'a>, environment: &Environment<'a>, said: &mut Vec<(u8, Line<'a>)>) {
    let told = view.state.github.shown_behind(&environment.key());
    if let Some(told @ (Behind::Unknown(_) | Behind::Failed(_))) = told {
        let mut line = Line::own("behind: ", Role::Faint);
        line.append(chain::behind_in_words(told));
        said.push((110, line));
    }
}

fn health<'a>(view: &View<'_>, environment: &Environment<'a>, said: &mut Vec<(u8, Line<'a>)>) {
    let level = environment.level();
    if environment.awaits_health() {
        said.push((210, Line::own("· how it is has not been read yet", Role::Faint)));
    } else if let Some(why) = environment.why_no_health().filter(|_| !environment.is_unseen()) {
        said.push((210, Line::own("? Not known how it is: ", Role::HealthUnknown).and_foreign(why, Role::Text)));
    }
    let causes = environment.causes();
    let mut worth: u8 = 230;
    let mut before = None;
    for cause in &causes {
        let line =
            Line::own(format!("{} ", glyph(cause.level)), level_role(cause.level)).and_foreign(short_commits(cause.text), Role::Text);
        // The age stands once: all causes of one report have the same.
        let age = if before == Some((cause.source, cause.at)) { String::new() } else { format!("  {} ago", view.age(cause.at)) };
        before = Some((cause.source, cause.at));
        said.push((worth, line.and(age, Role::Faint)));
        worth = worth.saturating_sub(10).max(150);
    }
    let Some(told) = environment.word().filter(|_| level != Level::Ok && causes.is_empty()) else { return };
    let word = match told.source.limit() {
        Some(limit) => format!("{} tells {limit}", told.source.word()),
        None => "no cause has been read yet".to_owned(),
    };
    let mut line = Line::new();
    line.push(super::words::level_piece(level, super::words::platform_word(environment)));
    said.push((160, line.and(format!(": {word}"), Role::Faint)));
}

fn mixed<'a>(view: &View<'a>, environment: &Environment<'a>, said: &mut Vec<(u8, Line<'a>)>) {
    let Some(told) = environment.instances().filter(|told| told.value.mixed()) else { return };
    let shares = version::shares(&view.state.fleet, environment.app_ref(), told.value);
    let line = Line::own("mixed versions:", Role::Differs).and(" ", Role::Text).and(shares, Role::Text);
    said.push((225, line.and(format!("  {} ago", view.age(told.at)), Role::Faint)));
}

fn deployed<'a>(view: &View<'_>, environment: &Environment<'a>, said: &mut Vec<(u8, Line<'a>)>) {
    let Some(label) = environment.label() else { return };
    // Where not every instance runs it, it is what the platform states, or what most run.
    let verb = match (environment.is_uniform(), environment.key().platform) {
        (Some(false), Platform::Beanstalk) => "wants ",
        (Some(false), _) => "most run ",
        (Some(true) | None, _) => "runs ",
    };
    let line = Line::own(verb, Role::Faint).and_foreign(short_commits(label.as_str()), Role::Text);
    let line = match running_since(environment) {
        Some(since) => line.and(format!(", deployed {} ago", view.age(since)), Role::Faint),
        None => line,
    };
    said.push((90, line));
}

fn of_group<'a>(app: &'a AppName, group: &'a Group) -> Vec<(u8, Line<'a>)> {
    let mut counts = Line::new();
    for (index, (_, part)) in summary(group).into_iter().filter(|(worth, _)| *worth > 50).enumerate() {
        if index > 0 {
            counts = counts.and(" · ", Role::Rule);
        }
        counts.append(part);
    }
    let mut said = vec![(200, counts), (150, super::fleet::versions(group, 8))];
    let hint = if group.hidden > 0 {
        format!("{} that are well are folded away; enter unfolds {app}.", group.hidden)
    } else {
        format!("enter folds {app}: what needs a person stays in sight.")
    };
    said.push((100, Line::foreign(hint, Role::Faint)));
    said
}
