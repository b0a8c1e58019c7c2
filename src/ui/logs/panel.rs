//! The list of sources: how each is, how much it tells, and why it does not.

use ratatui::layout::Rect;

use super::Scene;
use super::head::tenth;
use super::lines::mark_role;
use crate::app::logs::markers::thousands;
use crate::app::logs::meter::FREE_MINUTES;
use crate::app::logs::order::FeedId;
use crate::app::logs::panel::{Row, rows};
use crate::app::logs::sessions::part_name;
use crate::model::id::EnvironmentKey;
use crate::model::log::line::SourceId;
use crate::model::log::source::State;
use crate::ui::line::{Line, Pen};
use crate::ui::text::{per_second, width, wrap};
use crate::ui::theme::Role;

/// The rows at the bottom that tell of what is selected, or of what fails.
const DETAIL: usize = 7;
/// The cells that a rate and a lag take.
const RATE_AND_LAG: usize = 14;

/// Draws the list.
pub fn draw(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect) {
    if area.width == 0 {
        return;
    }
    let rows = rows(scene.stream);
    let selected = scene.screen.choosing;
    let told = sentences(scene, selected.and_then(|at| rows.get(at)));
    let detail = if told.is_empty() { 0 } else { DETAIL };
    let high = usize::from(area.height).saturating_sub(detail).max(1);
    let offset = selected.unwrap_or(0).saturating_sub(high - 1);
    let edge = Rect { width: area.width - 1, ..area };
    for down in 0..usize::from(area.height) {
        pen.line(area, down, usize::from(area.width) - 1, Line::own("│", Role::Rule));
    }
    for (down, (index, row)) in rows.iter().enumerate().skip(offset).take(high).enumerate() {
        draw_row(scene, pen, edge, down, row);
        if selected == Some(index) {
            pen.lay_over(edge, down, Role::Selected);
            pen.line(edge, down, 0, Line::own("▌", Role::Bar));
        }
    }
    let below = rows.len().saturating_sub(offset + high);
    if below > 0 {
        pen.line_at_end(edge, high - 1, 0, Line::own(format!(" {below} more below "), Role::Faint));
    }
    if detail > 0 {
        let cells = u16::try_from(detail).unwrap_or(u16::MAX).min(area.height);
        draw_told(pen, Rect { y: area.bottom() - cells, height: cells, ..edge }, told);
    }
}

fn draw_row(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect, down: usize, row: &Row) {
    let wide = usize::from(area.width).saturating_sub(2);
    let line = match row {
        Row::Nothing(key) => named(scene, key, Line::own("! ", Role::Fault), Role::Text, wide),
        Row::Feed(id) => feed(scene, *id, wide),
        Row::Part(id) => part(scene, *id),
        Row::Source(id) => source(scene, *id),
    };
    let figures = match row {
        Row::Source(id) => figures(scene, *id, wide),
        Row::Feed(_) | Row::Part(_) | Row::Nothing(_) => Line::new(),
    };
    let end = pen.line_at_end(area, down, 0, figures);
    pen.line(area, down, 1, line.cut(end.saturating_sub(2)));
}

/// The name of an environment: what tells it from the others stands out, and stands alone where there is no room.
fn named<'a>(scene: &Scene<'a>, key: &'a EnvironmentKey, sign: Line<'a>, role: Role, wide: usize) -> Line<'a> {
    let [before, telling, behind] = scene.stream.names.heading(key);
    let whole = sign.clone().and_foreign(before, Role::Faint).and_foreign(telling, role).and_foreign(behind, Role::Faint);
    if whole.width() <= wide { whole } else { sign.and_foreign(telling, role) }
}

/// Whether a feed is the first one of its environment in the list, which stands for it.
fn is_first(scene: &Scene<'_>, id: FeedId, key: &EnvironmentKey) -> bool {
    let first = scene.stream.feeds.iter().find(|(_, fed)| fed.environment.as_ref() == Some(key));
    first.is_some_and(|(first, _)| *first == id)
}

fn feed<'a>(scene: &Scene<'a>, id: FeedId, wide: usize) -> Line<'a> {
    let Some(fed) = scene.stream.feeds.get(&id) else { return Line::new() };
    let is_chosen = scene.stream.chosen.contains(&id);
    let (sign, role) = if is_chosen { sign(scene.stream.state_of(id)) } else { ("○", Role::Faint) };
    let (sign, strong) = (Line::own(format!("{sign} "), role), if is_chosen { Role::Strong } else { Role::Faint });
    match fed.environment.as_ref().filter(|_| scene.stream.has_several()) {
        Some(key) if is_first(scene, id, key) => named(scene, key, sign, strong, wide),
        // What else there is of an environment stands below its name.
        Some(_) => {
            let mut line = Line::own(" ", Role::Text);
            line.append(sign);
            line.and_foreign(fed.title().to_string(), strong)
        }
        None => sign.and_foreign(fed.title().to_string(), strong),
    }
}

/// Groups of a feed beside those of its first live session.
fn part<'a>(scene: &Scene<'a>, id: SourceId) -> Line<'a> {
    let (sign, role) = sign(scene.stream.sources.get(id).map(|source| &source.state));
    Line::own(format!(" {sign} "), role).and_foreign(part_name(scene.stream, id).unwrap_or_default(), Role::Strong)
}

/// The sign of a state.
fn sign(state: Option<&State>) -> (&'static str, Role) {
    match state {
        Some(State::Live) => ("●", Role::HealthOk),
        Some(State::Polling { .. }) => ("◌", Role::HealthWarning),
        Some(State::Failing(_)) => ("✖", Role::HealthSevere),
        Some(State::Ended) => ("■", Role::Faint),
        Some(State::Opening) | None => ("…", Role::Faint),
    }
}

fn source<'a>(scene: &Scene<'a>, id: SourceId) -> Line<'a> {
    let Some(origin) = scene.stream.origins.get(&id) else { return Line::new() };
    let is_hidden = scene.screen.hidden.contains(&id);
    let role = if is_hidden { Role::Faint } else { mark_role(origin.mark) };
    let line = Line::own(if is_hidden { " ○" } else { " ▎" }, role);
    let (Some([_, file, part]), [_, files, _]) = (scene.names.get(id), scene.names.widths) else { return line };
    // Names stand below each other, as they do before the lines.
    let blanks = " ".repeat(files.saturating_sub(width(file)) + usize::from(files > 0));
    line.and_foreign(file.clone(), role).and(blanks, role).and_foreign(part.clone(), Role::Faint)
}

/// Lines a second, and how late they are, as far as the names of all sources leave room for it.
fn figures(scene: &Scene<'_>, id: SourceId, wide: usize) -> Line<'static> {
    let [_, files, parts] = scene.names.widths;
    let room = wide.saturating_sub(files + parts + 2);
    let Some(source) = scene.stream.sources.get(id) else { return Line::new() };
    let rate = source.rate(scene.now);
    if scene.screen.hidden.contains(&id) {
        return Line::own("hidden ", Role::Faint);
    }
    let lag = source.lag().filter(|_| rate > 0.0).map_or_else(String::new, |lag| format!(" {:>5}", tenth(lag)));
    let rate_told = format!("{}/s", per_second(rate));
    let told = if room >= RATE_AND_LAG { format!("{rate_told}{lag:>6} ") } else { format!("{rate_told} ") };
    if width(&told) > room {
        return Line::new();
    }
    Line::own(told, if rate > 0.0 { Role::Text } else { Role::Faint })
}

/// Everything of what is selected; else of the feeds that are not as they should be.
fn sentences(scene: &Scene<'_>, row: Option<&Row>) -> Vec<(String, Role)> {
    match row {
        Some(Row::Nothing(key)) => scene.stream.unfollowed.get(key).map(|why| (why.to_string(), Role::Fault)).into_iter().collect(),
        Some(Row::Feed(id)) => of_feed(scene, *id),
        Some(Row::Part(id)) => of_part(scene, *id),
        Some(Row::Source(id)) => of_source(scene, *id),
        None => scene.stream.chosen.iter().flat_map(|id| trouble(scene, *id)).collect(),
    }
}

fn draw_told(pen: &mut Pen<'_>, area: Rect, sentences: Vec<(String, Role)>) {
    pen.fill(area, 0, 0, usize::from(area.width), "─", Role::Rule);
    let wide = usize::from(area.width).saturating_sub(2);
    let lines = sentences.into_iter().flat_map(|(sentence, role)| wrap(&sentence, wide, 4).into_iter().map(move |line| (line, role)));
    for (down, (line, role)) in lines.take(DETAIL - 1).enumerate() {
        pen.line(area, down + 1, 1, Line::foreign(line, role));
    }
}

fn of_feed(scene: &Scene<'_>, id: FeedId) -> Vec<(String, Role)> {
    let Some(fed) = scene.stream.feeds.get(&id) else { return Vec::new() };
    let region = fed.environment.as_ref().and_then(|key| key.region.as_ref()).map(|region| format!(", {region}")).unwrap_or_default();
    let mut told = vec![(format!("{}{region}", fed.title()), Role::Text)];
    if !scene.stream.chosen.contains(&id) {
        told.push(("not followed: space follows it".to_owned(), Role::Faint));
    }
    told.extend(trouble(scene, id));
    if scene.stream.state_of(id) == Some(&State::Live) {
        let told_of = |minutes: u64| {
            let (minutes, free) = (thousands(minutes), thousands(FREE_MINUTES));
            format!("live, one session, billed by the minute: {minutes} by all sessions so far, {free} a month are free")
        };
        let cost = if fed.costs() { told_of(scene.view.state.meter.minutes()) } else { "live".to_owned() };
        told.push((cost, Role::Faint));
    }
    told
}

/// Why a feed is not live.
fn trouble(scene: &Scene<'_>, id: FeedId) -> Vec<(String, Role)> {
    told_of(scene.stream.state_of(id))
}

fn told_of(state: Option<&State>) -> Vec<(String, Role)> {
    match state {
        Some(State::Failing(fault)) => vec![(fault.to_string(), Role::Fault)],
        Some(State::Polling { every, why }) => vec![(format!("searched every {} s: {why}", every.as_secs().max(1)), Role::HealthWarning)],
        Some(State::Opening | State::Live | State::Ended) | None => Vec::new(),
    }
}

fn of_part(scene: &Scene<'_>, id: SourceId) -> Vec<(String, Role)> {
    let name = part_name(scene.stream, id).unwrap_or_default().to_owned();
    let state = scene.stream.sources.get(id).map(|source| &source.state);
    let mut told = vec![(name, Role::Text), ("⏎ chooses between searching and streaming them".to_owned(), Role::Key)];
    told.extend(told_of(state));
    if state == Some(&State::Live) {
        told.push(("live, a session of its own, billed by the minute".to_owned(), Role::Faint));
    }
    told
}

fn of_source(scene: &Scene<'_>, id: SourceId) -> Vec<(String, Role)> {
    let Some(source) = scene.stream.sources.get(id) else { return Vec::new() };
    let lines = thousands(source.lines);
    vec![(source.name.to_string(), Role::Text), (format!("{lines} lines · {}", source.state.word()), Role::Faint)]
}
