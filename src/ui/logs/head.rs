//! What stands above and below the lines: how the stream is, what narrows it, where the reader is.

use ratatui::layout::Rect;

use super::Scene;
use crate::app::logs::layout::Zone;
use crate::app::logs::markers::thousands;
use crate::app::logs::screen::Period;
use crate::app::logs::sessions::{part_name, without_session};
use crate::model::log::line::Millis;
use crate::model::log::source::State;
use crate::ui::line::{Line, Pen, most_worthy};
use crate::ui::text::{counted, cut_middle, per_second};
use crate::ui::theme::Role;

/// A line that took longer than this from being written to being told, in milliseconds, took long.
const LONG: i64 = 10_000;

/// How the stream is: what went wrong first.
pub fn summary(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect) {
    let stream = scene.stream;
    let mut parts: Vec<(u8, Line<'_>)> = Vec::new();
    let errors = stream.buffer.error_lines();
    let role = if errors > 0 { Role::HealthSevere } else { Role::Faint };
    let said = if errors > 0 { format!("✖ {}", counted_lines(errors, "error", "errors")) } else { "no errors".to_owned() };
    parts.push((100, Line::own(said, role)));
    parts.extend(saving(scene));
    parts.extend(states(scene));
    parts.push((70, Line::own(format!("{}/s", per_second(stream.rate(scene.now))), Role::Text)));
    if let Some(lag) = stream.lag(scene.now) {
        let role = if lag > LONG { Role::HealthWarning } else { Role::Faint };
        parts.push((60, Line::own(format!("lag {}", tenth(lag)), role)));
    }
    parts.push((50, Line::own(counted_lines(stream.buffer.lines(), "line", "lines"), Role::Faint)));
    let sessions = stream.sessions();
    if sessions > 0 {
        let minutes = thousands(scene.view.state.meter.minutes());
        let told = format!("{}, {minutes} min billed", counted(sessions, "live session", "live sessions"));
        parts.push((65, Line::own(told, Role::Faint)));
    }
    if scene.screen.zone == Zone::Local {
        parts.push((45, Line::own("local time", Role::Badge)));
    }
    let mut at = 1;
    for part in most_worthy(parts, 3, usize::from(area.width).saturating_sub(2)) {
        at = pen.line(area, 0, at, part) + 3;
    }
}

/// A length of time in seconds with a tenth, from milliseconds.
pub fn tenth(millis: i64) -> String {
    let millis = millis.max(0);
    if millis < 100_000 { format!("{}.{}s", millis / 1_000, millis % 1_000 / 100) } else { format!("{}s", millis / 1_000) }
}

fn counted_lines(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count as u64), if count == 1 { one } else { many })
}

fn saving(scene: &Scene<'_>) -> Option<(u8, Line<'static>)> {
    let saving = scene.screen.saving.as_ref()?;
    let short = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let Some((done, total)) = saving.progress() else {
        return Some((99, Line::own("saving: the filter is still looking …  esc stops", Role::Activity)));
    };
    let total = total.max(1);
    let bar = crate::ui::fleet_cells::bar(short(done), short(total), 8);
    let percent = done * 100 / total;
    let mut line = Line::own("saving ", Role::Activity);
    line.append(bar);
    Some((99, line.and(format!(" {percent} %  esc stops"), Role::Activity)))
}

/// How the feeds are: how many are so, and why where that is not as it should be.
fn states(scene: &Scene<'_>) -> Vec<(u8, Line<'static>)> {
    let stream = scene.stream;
    let (mut live, mut polled, mut opening, mut ended) = (0, Vec::new(), 0, 0);
    let mut failing = Vec::new();
    for id in &stream.chosen {
        match stream.state_of(*id) {
            Some(State::Live) => live += 1,
            Some(State::Polling { every, why }) => polled.push((*every, why.to_string())),
            Some(State::Failing(fault)) => failing.push(fault.clone()),
            Some(State::Ended) => ended += 1,
            Some(State::Opening) | None => opening += 1,
        }
    }
    let mut parts = Vec::new();
    if !stream.is_followed && !stream.chosen.is_empty() {
        parts.push((96, Line::own("‖ not followed", Role::Badge)));
        return parts;
    }
    if let Some(fault) = failing.first() {
        let line = Line::own(format!("✖ {} {}", failing.len(), if failing.len() == 1 { "fails: " } else { "fail: " }), Role::HealthSevere);
        parts.push((97, line.and_foreign(cut_middle(fault.sentence.to_string().into(), 48).into_owned(), Role::Fault)));
    }
    if live > 0 {
        parts.push((96, Line::own(format!("● {live} live"), Role::HealthOk)));
    }
    if let Some((every, why)) = polled.first() {
        parts.push((95, Line::own(format!("◌ {} searched every {} s", polled.len(), every.as_secs().max(1)), Role::HealthWarning)));
        parts.push((42, Line::foreign(cut_middle(why.clone().into(), 60).into_owned(), Role::Faint)));
    }
    if opening > 0 {
        parts.push((94, Line::own(format!("… {opening} opening"), Role::Faint)));
    }
    if ended > 0 {
        parts.push((66, Line::own(format!("■ {ended} ended"), Role::Faint)));
    }
    let searched: Vec<_> = without_session(stream).collect();
    if let Some(name) = searched.first().and_then(|part| part_name(stream, *part)) {
        let others = if searched.len() > 1 { format!(" and {} others", searched.len() - 1) } else { String::new() };
        let line = Line::own("◌ ", Role::HealthWarning).and_foreign(name.to_owned(), Role::HealthWarning);
        parts.push((93, line.and(format!("{others} only searched: x chooses"), Role::Notice)));
    }
    let left_out = stream.feeds.len() - stream.chosen.len();
    if left_out > 0 {
        parts.push((93, Line::own(format!("○ {left_out} not followed: x chooses"), Role::Notice)));
    }
    if !stream.unfollowed.is_empty() {
        parts.push((92, Line::own(format!("! {} without logs: x tells why", stream.unfollowed.len()), Role::Fault)));
    }
    parts
}

/// What narrows what is shown, what is searched for, and what both have come to.
pub fn narrowing(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let (stream, screen) = (scene.stream, scene.screen);
    let mut at = 1;
    let narrowing = &screen.narrowing;
    if narrowing.is_told() {
        let sign = if narrowing.inverted { "!& " } else { "& " };
        let mut line = Line::own(sign, Role::Key).and_foreign(crate::ui::text::cut(narrowing.text.text().into(), 40), Role::Strong);
        line = match (narrowing.aside, narrowing.matches()) {
            (true, _) => line.and("  set aside, a takes it back", Role::Notice),
            (false, Some(matches)) => {
                let lines = matches.len().saturating_sub(matches.notes_shown(&stream.buffer));
                let of = thousands(stream.buffer.lines() as u64);
                line.and(format!("  {} of {of} lines{}", thousands(lines as u64), looked(scene)), Role::Faint)
            }
            (false, None) => line,
        };
        at = pen.line(area, 0, at, line) + 3;
    }
    if let Some(search) = &screen.search {
        let number = screen.cursor.and_then(|key| search.number(&stream.buffer, key));
        let found = thousands(search.found() as u64);
        let told = number.map_or_else(|| format!("  {found} found"), |number| format!("  {} of {found}", thousands(number as u64)));
        let going = if search.is_working(&stream.buffer) { " …" } else { "" };
        let line = Line::own("/ ", Role::Key).and_foreign(crate::ui::text::cut(search.text.as_str().into(), 40), Role::Match);
        at = pen.line(area, 0, at, line.and(format!("{told}{going}"), Role::Faint)) + 3;
    }
    let period = match screen.period {
        Period::All => return,
        Period::Last(length) => format!("last {}", minutes(length)),
        Period::Between(from, to) => format!("{} to {}", clock(scene, from), clock(scene, to)),
    };
    pen.line(area, 0, at, Line::own("t ", Role::Key).and(period, Role::Strong));
}

fn looked(scene: &Scene<'_>) -> String {
    let (buffer, narrowing) = (&scene.stream.buffer, &scene.screen.narrowing);
    match narrowing.matches().filter(|_| narrowing.is_working(buffer)) {
        Some(matches) => format!(", {} % looked at", matches.looked_at(buffer) * 100 / (buffer.lines() as u64).max(1)),
        None => String::new(),
    }
}

fn minutes(millis: i64) -> String {
    match millis / 60_000 {
        1 => "minute".to_owned(),
        minutes @ 0..=59 => format!("{minutes} minutes"),
        60 => "hour".to_owned(),
        minutes => format!("{} hours", minutes / 60),
    }
}

fn clock(scene: &Scene<'_>, at: Millis) -> String {
    let at = at.timestamp();
    match scene.screen.zone {
        Zone::Utc => at.strftime("%TZ").to_string(),
        Zone::Local => at.to_zoned(scene.view.state.logs.zone.clone()).strftime("%T").to_string(),
    }
}

/// Where the reader is, and what has come meanwhile.
pub fn rule(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect) {
    let (stream, screen) = (scene.stream, scene.screen);
    pen.fill(area, 0, 0, usize::from(area.width), "─", Role::Rule);
    let sight = screen.sight(&stream.buffer, scene.layout, scene.now);
    let rank = screen.cursor.and_then(|key| sight.rank_of(key)).unwrap_or_else(|| sight.visible(&screen.view).end.saturating_sub(1));
    if !sight.shown.is_empty() {
        let of = thousands(sight.shown.len() as u64);
        pen.line(area, 0, 2, Line::own(format!(" {} of {of} ", thousands(rank as u64 + 1)), Role::Faint));
    }
    let waiting = screen.waiting(&stream.buffer);
    let badge = match (screen.paused, screen.view.is_following(), waiting) {
        (Some(_), _, waiting) => Line::own(format!(" ‖ paused · {} came since · p goes on ", thousands(waiting)), Role::Badge),
        (None, true, _) if stream.is_followed => Line::own(" following ", Role::Faint),
        (None, true, _) => Line::own(" the end ", Role::Faint),
        (None, false, 0) => Line::own(" held · f follows ", Role::Notice),
        (None, false, waiting) => Line::own(format!(" ↓ {} new · f follows ", thousands(waiting)), Role::Activity),
    };
    pen.line_at_end(area, 0, 2, badge);
}
