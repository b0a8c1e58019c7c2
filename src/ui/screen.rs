//! The whole frame: title, the screen that is open, footer, and what lies over them.
//!
//! ```text
//!  QUARTERDECK  fleet › all        ✖ 2 severe  ▲ 3 degraded  ↻ 1 busy   read-only  demo  02:57Z
//!  …
//!  ⏎ open  / filter  z faults only  ? help                                   api 31/min  ● 4s
//! ```

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::line::{Line, Pen, most_worthy};
use super::text::wrap;
use super::theme::{Role, Theme};
use super::view::{Shown, View};
use super::words::{NOT_YET, REMEMBERED, glyph, level_role};
use super::{
    environment, fleet, logs, operations, operations_elsewhere, overlay, panes, pending, previews, promotions, properties, sheet, timeline,
    troubles,
};
use crate::app::act::{Act, prepare};
use crate::app::command::{COMMANDS, Command, CommandId};
use crate::app::custom::{self, Custom};
use crate::app::event::Effect;
use crate::app::history::Place;
use crate::app::key::{Code, Key};
use crate::app::keymap::Meaning;
use crate::app::operate;
use crate::app::quit::AtWork;
use crate::app::state::{NOTICE_SECONDS, Size, State};
use crate::model::clock::{Timestamp, seconds_since};
use crate::model::health::Level;
use crate::model::sighting::{Question, Source};

/// How many lines a notice takes at most.
const NOTICE_LINES: usize = 3;

/// From this room on the footer says in words how old things are.
const SPACIOUS: usize = 98;

/// The least size at which the screens can be used.
pub const LEAST: (u16, u16) = (Size::LEAST.width, Size::LEAST.height);

/// Draws the state, of two panes the one that has the keys: [`panes::draw`] draws both. Says what must follow: when a
/// text changes by itself, where the cursor stands.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Shown {
    let view = View::new(state, theme);
    let mut pen = Pen::new(buffer, theme);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(&mut pen, area, AtWork::of(state).is_any());
        return view.shown();
    }
    title(&view, &mut pen, area);
    logs::linger(&view);
    let body = Rect { y: area.y + 1, height: area.height - 2, ..area };
    let inner = panes::draw_frame(&view, &mut pen, body, true);
    place_in(&view, &mut pen, inner);
    footer(&view, &mut pen, Rect { y: area.bottom() - 1, height: 1, ..area });
    if state.dialog.is_some() {
        overlay::draw(&view, &mut pen, body);
    }
    view.shown()
}

/// Draws the screen of the pane that has its fields in the state, without what stands around it.
pub(super) fn place_in(view: &View<'_>, pen: &mut Pen<'_>, body: Rect) {
    match view.state.place() {
        Place::Fleet => fleet::draw(view, pen, body),
        Place::Environment(key) => environment::draw(view, pen, body, key),
        Place::Pending(_) => pending::draw(view, pen, body),
        Place::Promotions => promotions::draw(view, pen, body),
        Place::Sheet(_, _) => sheet::draw(view, pen, body),
        Place::Operations => operations::draw(view, pen, body),
        Place::Logs(subject) => logs::draw(view, pen, body, subject),
        Place::Previews => previews::draw(view, pen, body),
        Place::Timeline(_) => timeline::draw(view, pen, body),
        Place::Properties(key) => properties::draw(view, pen, body, key),
    }
}

fn too_small(pen: &mut Pen<'_>, area: Rect, is_at_work: bool) {
    let (wide, high) = (usize::from(area.width), usize::from(area.height));
    let lines = too_small_text(area, is_at_work).into_iter().map(|sentences| wrapped(&sentences, wide));
    // The longest that fits; where none does, as much of the shortest as there is room for.
    let shortest = || wrapped(&[format!("{}×{}", LEAST.0, LEAST.1)], wide);
    let lines = { lines }.find(|lines| lines.len() <= high).unwrap_or_else(shortest);
    let top = high.saturating_sub(lines.len()) / 2;
    for (index, text) in lines.into_iter().enumerate() {
        let line = Line::own(text, if index == 0 { Role::Strong } else { Role::Text });
        let left = wide.saturating_sub(line.width()) / 2;
        pen.line(area, top + index, left, line);
    }
}

/// What is said on a screen that is too small, from the most to the fewest words.
fn too_small_text(area: Rect, is_at_work: bool) -> [Vec<String>; 3] {
    let ((wide, high), needs) = (LEAST, format!("Quarterdeck needs {} × {} cells.", LEAST.0, LEAST.1));
    let here = format!("Here are {} × {}: enlarge the window,", area.width, area.height);
    let has = format!("needs {wide} × {high}, has {} × {}", area.width, area.height);
    let mut texts = [vec![needs, here, "or make its letters smaller.".to_owned()], vec![has], vec![format!("needs {wide} × {high}")]];
    if is_at_work {
        let says = [
            "Something goes on here: ctrl-c twice quits, and interrupts it.",
            "ctrl-c twice interrupts what goes on",
            "ctrl-c twice quits",
        ];
        for (text, sentence) in texts.iter_mut().zip(says) {
            text.push(sentence.to_owned());
        }
    }
    texts
}

fn wrapped(sentences: &[String], wide: usize) -> Vec<String> {
    sentences.iter().flat_map(|sentence| super::text::wrap(sentence, wide, usize::MAX)).collect()
}

fn title(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let state = view.state;
    let room = usize::from(area.width);
    let minute = state.now.strftime("%H:%MZ").to_string();
    view.again_in(60u64.saturating_sub(u64::try_from(state.now.as_second().rem_euclid(60)).unwrap_or(0)));
    let mut badges = Line::new();
    if state.read_only {
        badges = badges.and("read-only  ", Role::Badge);
    }
    if let Some(hidden) = panes::hidden(state) {
        badges = badges.and(hidden, Role::Badge).and("  ", Role::Text);
    }
    if let Some(world) = state.world {
        badges = badges.and(world, Role::Badge).and("  ", Role::Text);
    }
    let badges_start = pen.line_at_end(area, 0, 1, badges.and(minute, Role::Faint));
    let crumbs = Line::own(" QUARTERDECK  ", Role::Title);
    let mut crumbs = pen.line(area, 0, 0, crumbs);
    // Of two panes each has its own heading.
    let here = if state.shows_two() { Line::new() } else { place(state) };
    crumbs = pen.line(area, 0, crumbs, here.cut(badges_start.saturating_sub(crumbs + 16).max(16)));
    let kept = or_ellipsis(counts(view), badges_start.saturating_sub(crumbs + 5));
    let wide: usize = kept.iter().map(|line| line.width() + 2).sum();
    let mut at = badges_start.saturating_sub(wide + 1).max(crumbs + 2).min(room);
    for line in kept {
        at = pen.line(area, 0, at, line) + 2;
    }
}

/// The counts that fit, and `…` where some do not: what is left out may be what one looks for.
fn or_ellipsis(counts: Vec<(u8, Line<'static>)>, room: usize) -> Vec<Line<'static>> {
    let count = counts.len();
    let kept = most_worthy(counts.clone(), 2, room);
    if kept.len() == count {
        return kept;
    }
    let mut kept = most_worthy(counts, 2, room.saturating_sub(3));
    kept.push(Line::own("…", Role::Faint));
    kept
}

/// Which screen this is, and of what.
pub(super) fn place(state: &State) -> Line<'_> {
    match state.place() {
        Place::Environment(key) => {
            let line = Line::own("fleet › ", Role::Faint).and_foreign(key.name.as_str(), Role::Strong);
            match &key.region {
                Some(region) => line.and(" ", Role::Text).and_foreign(region.as_str(), Role::Text),
                None => line,
            }
        }
        Place::Properties(key) => {
            let screen = &state.properties_screen;
            let line = Line::own("properties › ", Role::Faint);
            let line = if screen.different_only { line.and("only what differs ", Role::Strong) } else { line };
            let line = line.and_foreign(key.name.as_str(), Role::Strong);
            let line = key.region.iter().fold(line, |line, region| line.and(" ", Role::Text).and_foreign(region.as_str(), Role::Text));
            if screen.read < screen.others {
                line.and(format!(", {} of {} others read", screen.read, screen.others), Role::Faint)
            } else {
                line
            }
        }
        Place::Pending(app) => {
            let line = Line::own("pending › ", Role::Faint);
            let line = if state.pending_screen.mine { line.and("mine ", Role::Strong) } else { line };
            match app {
                Some(app) => line.and_foreign(app.as_str(), Role::Strong),
                None => line.and("all", Role::Text),
            }
        }
        Place::Promotions if state.promotions_screen.mine => {
            Line::own("promotions › ", Role::Faint).and("that you may approve", Role::Strong)
        }
        Place::Promotions => Line::own("promotions › ", Role::Faint).and("all", Role::Text),
        Place::Sheet(repository, _) => {
            let number = state.sheet_screen.promotion.as_ref().map_or_else(String::new, |promotion| format!(" #{}", promotion.run.number));
            Line::own("ship sheet › ", Role::Faint).and_foreign(repository.as_str(), Role::Strong).and(number, Role::Strong)
        }
        Place::Operations => Line::own("operations", Role::Strong),
        Place::Logs(subject) => logs::place(state, subject),
        Place::Timeline(about) => timeline::place(state, about),
        Place::Previews if state.previews_screen.orphans_only => Line::own("previews › ", Role::Faint).and("orphans only", Role::Strong),
        Place::Previews => Line::own("previews › ", Role::Faint).and("all", Role::Text),
        Place::Fleet => {
            let screen = &state.fleet_screen;
            let line = Line::own("fleet › ", Role::Faint);
            let line = if screen.faults_only { line.and("faults only ", Role::Strong) } else { line };
            match (screen.faults_only, screen.filter.is_empty()) {
                (true, true) => line,
                (false, true) => line.and("all", Role::Text),
                (_, false) => {
                    let shown = format!("/{}", super::text::cut(Cow::Borrowed(screen.filter_text.text()), 20));
                    line.and_foreign(shown, Role::Strong)
                }
            }
        }
    }
}

/// How the whole fleet is, whatever is shown of it; what needs a person is worth most.
fn counts(view: &View<'_>) -> Vec<(u8, Line<'static>)> {
    let state = view.state;
    let counts = &state.fleet_screen.counts;
    let mut parts = Vec::new();
    for (level, count, worth) in [
        (Level::Severe, counts.severe, 100),
        (Level::Degraded, counts.degraded, 90),
        (Level::Unknown, counts.unknown, 80),
        (Level::Warning, counts.warning, 60),
    ] {
        if count > 0 {
            parts.push((worth, Line::own(format!("{} {count} {level}", glyph(level)), level_role(level))));
        }
    }
    if let Some(at) = counts.remembered_at {
        parts.push((110, Line::own(format!("{REMEMBERED} {} from {} ago", counts.remembered, view.age(at)), Role::Stale)));
    }
    if counts.awaited > 0 {
        parts.push((55, Line::own(format!("{NOT_YET} {} not read yet", counts.awaited), Role::Faint)));
    }
    if counts.unreadable > 0 {
        parts.push((85, Line::own(format!("! {} unreadable", counts.unreadable), Role::Fault)));
    }
    if counts.busy > 0 {
        parts.push((70, Line::own(format!("↻ {} busy", counts.busy), Role::Activity)));
    }
    let to_approve = state.github.promotions.iter().filter(|promotion| promotion.may_approve()).count();
    if to_approve > 0 {
        parts.push((88, Line::own(format!("◔ {to_approve} to approve"), Role::Activity)));
    }
    let failed = state.followed.failed(&state.github.forge);
    if failed > 0 {
        parts.push((95, Line::own(format!("✖ {failed} of your runs failed"), Role::HealthSevere)));
    }
    parts.extend(operations_elsewhere::counts(state));
    if parts.is_empty() && counts.total > 0 {
        parts.push((50, Line::own(format!("● {} ok", counts.total), Role::HealthOk)));
    }
    parts
}

fn footer(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let state = view.state;
    let end = pen.line_at_end(area, 0, 1, reading(view, usize::from(area.width).saturating_sub(2)));
    let room = end.saturating_sub(3);
    if state.is_typing_filter() {
        beside(pen, area, filter_hints(state), room);
        return;
    }
    if state.is_prefixed && state.dialog.is_none() {
        beside(pen, area, panes::hints(state), room);
        return;
    }
    if let Some(hints) = logs::hints(state).or_else(|| timeline::hints(state)).filter(|_| state.dialog.is_none()) {
        beside(pen, area, hints, room);
        return;
    }
    if let Some(notice) = &state.notice {
        view.again_in(NOTICE_SECONDS.saturating_sub(seconds_since(notice.at, state.now)));
        let (sign, role) = if notice.is_fault { ("! ", Role::Fault) } else { ("", Role::Notice) };
        say(pen, area, room, sign, role, &notice.sentence);
        return;
    }
    // The keys are the dialog's, and so are the hints: what is below it hears none.
    if state.dialog.is_some() {
        beside(pen, area, vec![(100, Line::own(key_name(Key::of(Code::Esc)), Role::Key).and(" closes the dialog", Role::Faint))], room);
        return;
    }
    let mut hints: Vec<(u8, Line<'_>)> = Vec::new();
    if !state.fleet_screen.marks.is_empty() && *state.place() == Place::Fleet {
        hints.push((95, Line::own(format!("◆ {} marked", state.fleet_screen.marks.len()), Role::Mark)));
    }
    // What has no hint may be dear to prepare, and this is done for every frame.
    let useful = |(command, hint): (&Command, _)| prepare(state, command.id).is_ok().then_some(hint);
    hints.extend(COMMANDS.iter().filter_map(|command| useful((command, hint(state, command)?))));
    hints.extend(custom::offered(state).filter_map(|(number, custom)| own_hint(state, number, custom)));
    beside(pen, area, hints, room);
}

/// Draws a notice whole, since its end may be what there is to do: what does not fit beside what is read takes the whole
/// line, and what does not fit there lines above it.
fn say(pen: &mut Pen<'_>, footer: Rect, room: usize, sign: &'static str, role: Role, sentence: &str) {
    let signed = format!("{sign}{sentence}");
    let wide = usize::from(footer.width);
    let fits = wrap(&signed, room, 2).len() == 1;
    let lines = wrap(&signed, if fits { room } else { wide.saturating_sub(2) }, NOTICE_LINES);
    let above = u16::try_from(lines.len().saturating_sub(1)).unwrap_or(0).min(footer.y);
    let area = Rect { y: footer.y - above, height: above + 1, ..footer };
    for (down, line) in lines.into_iter().enumerate() {
        if !fits {
            pen.fill(area, down, 0, wide, " ", Role::Text);
        }
        pen.line(area, down, 1, Line::own(line, role));
    }
}

/// Draws as many hints beside each other as there is room for.
fn beside(pen: &mut Pen<'_>, area: Rect, hints: Vec<(u8, Line<'_>)>, room: usize) {
    let mut at = 1;
    for line in most_worthy(hints, 2, room) {
        at = pen.line(area, 0, at, line) + 2;
    }
}

/// What the keys do while a filter is typed: no other command is reached then.
fn filter_hints(state: &State) -> Vec<(u8, Line<'static>)> {
    let clear = if state.fleet_screen.filter_text.text().is_empty() { "cancel" } else { "clear" };
    [
        (100, key_name(Key::of(Code::Enter)), "keep"),
        (90, key_name(Key::of(Code::Esc)), clear),
        (70, "↑ ↓".to_owned(), "select"),
        (60, "!word".to_owned(), "leaves out"),
        (50, "region:ca".to_owned(), "one column"),
    ]
    .map(|(worth, key, word)| (worth, Line::own(key, Role::Key).and(format!(" {word}"), Role::Faint)))
    .to_vec()
}

fn hint<'a>(state: &State, command: &Command) -> Option<(u8, Line<'a>)> {
    let (word, worth) = match (command.id, state.place()) {
        // On the sheet itself the key goes on to the answer.
        (CommandId::Approve, Place::Sheet(_, _)) => ("approve", 88),
        // With no row to open, it is what the notice offers.
        (CommandId::Open, Place::Fleet) if state.fleet_screen.cursor.selected().is_none() => ("log in", 99),
        (CommandId::Filter, Place::Logs(_)) => ("find", 92),
        (CommandId::Copy, Place::Logs(_)) => ("copy", 48),
        (CommandId::Copy, Place::Sheet(_, _)) => ("copy", 60),
        (CommandId::Save, Place::Logs(_)) => ("save", 44),
        (CommandId::Open, Place::Logs(_)) => ("read", 60),
        (CommandId::Help, Place::Logs(_)) => ("help", 98),
        // Nothing is there to be narrowed.
        (CommandId::Filter | CommandId::FaultsOnly, Place::Fleet) if state.fleet_screen.counts.total == 0 => return None,
        (CommandId::Back, _) => (leaves(state), command.hint?.1),
        (CommandId::StopUpdate, _) => (operate::ends(state).unwrap_or(command.hint?.0), command.hint?.1),
        _ => command.hint?,
    };
    let key = state.keymap.keys(command.id).first().copied()?;
    Some((worth, Line::own(key_name(key), Role::Key).and(format!(" {word}"), Role::Faint)))
}

/// What the key that goes back does here: it must not end the program for somebody who only wants to leave.
fn leaves(state: &State) -> &'static str {
    match prepare(state, CommandId::Back) {
        Ok(Act::ClearFilter | Act::ClearMarks) => "clear",
        Ok(Act::Do(Effect::Quit) | Act::Confirm { .. }) => "quit",
        Ok(Act::Panes(_)) => "close",
        _ => "back",
    }
}

/// The hint of a command of a team's own: worth less than any of this program's.
fn own_hint<'a>(state: &State, number: usize, custom: &'a Custom) -> Option<(u8, Line<'a>)> {
    let key = state.keymap.keys_of(Meaning::Custom(number)).first().copied()?;
    Some((10, Line::own(key_name(key), Role::Key).and(" ", Role::Faint).and_foreign(&*custom.name, Role::Faint)))
}

/// A key as the footer and the help write it.
#[must_use]
pub fn key_name(key: Key) -> String {
    match key.code {
        Code::Enter => "⏎".to_owned(),
        Code::Esc
        | Code::Char(_)
        | Code::Backspace
        | Code::Delete
        | Code::Tab
        | Code::BackTab
        | Code::Up
        | Code::Down
        | Code::Left
        | Code::Right
        | Code::Home
        | Code::End
        | Code::PageUp
        | Code::PageDown
        | Code::F(_) => key.to_string(),
    }
}

/// How much is asked of the outside, and how old what is shown is, or what fails.
fn reading(view: &View<'_>, room: usize) -> Line<'static> {
    let reading = &view.state.reading;
    let mut line = Line::new();
    if reading.calls_total > 0 {
        line = line.and(format!("api {}/min  ", reading.calls_last_minute), Role::Faint);
    }
    let trouble = if is_of_github(view.state) {
        troubles::of_github(view).or_else(|| troubles::in_short(view))
    } else {
        troubles::in_short(view).or_else(|| troubles::of_github(view))
    };
    if let Some(trouble) = trouble {
        // Where room is short, what fails is worth more than how much is asked.
        let has_room = line.width() + trouble.width() <= room / 2;
        line = if has_room { line } else { Line::new() };
        line.append(trouble);
        return line.cut(room);
    }
    match oldest(view.state) {
        Some(oldest) if room >= SPACIOUS => line.and(format!("● read {} ago", view.age(oldest)), Role::Faint),
        Some(oldest) => line.and(format!("● {}", view.age(oldest)), Role::Faint),
        None => line.and("reading …", Role::Faint),
    }
}

/// Whether what is shown is mostly what GitHub tells.
fn is_of_github(state: &State) -> bool {
    matches!(state.place(), Place::Pending(_) | Place::Promotions | Place::Sheet(_, _) | Place::Previews)
}

/// When the oldest listing was asked for of those that hold what is shown, so that all of it is at most this old. A place
/// that holds nothing is read seldom: its age would make everything else look late.
fn oldest(state: &State) -> Option<Timestamp> {
    let fleet = &state.fleet;
    let read = |source: &Source| Some(fleet.source(source)?.answered?.asked_at);
    let here = match state.place() {
        Place::Environment(key) | Place::Properties(key) => fleet.get(key).and_then(|environment| read(environment.source()?)),
        _ if is_of_github(state) => state.github.forge.read_at(),
        _ => None,
    };
    let shown = || state.fleet_screen.listings.iter().filter_map(read).min();
    let listings = || fleet.sources().filter(|(source, _)| source.question == Question::Listing);
    here.or_else(shown).or_else(|| listings().filter_map(|(_, state)| Some(state.answered?.asked_at)).min())
}
