//! The panes of the Environment screen: instances, events, and the whole text of what is selected.
//!
//! ```text
//! ── instances ─ 12 · 12 serve · mixed 9×g8a52aea 3×g77c1d09 ──────
//!    INSTANCE     HEALTH      VERSION            AGE   CPU  CAUSE
//! ▌  i-0a…44e55f  ✖ Severe    …20221110-g8a52aea  3d   81%  ELB …
//! ── events ───────────────────────────────────────────────────────
//!    02:51:07Z ✖ health from Ok to Severe. 31.0 % of the requests …
//! ```

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::line::{Line, Pen, harmless, most_worthy};
use super::table::{self, Align, Column, Placed};
use super::text::{cut_middle, share, wrap};
use super::theme::Role;
use super::version;
use super::view::View;
use super::words::{self, NOT_YET, NOTHING, UNKNOWN, glyph, level_role, moment, severity_glyph, severity_role};
use crate::app::environment::{Pane, instances_in_order};
use crate::model::environment::{Environment, Told};
use crate::model::event::{Meaning, PlatformEvent, Severity};
use crate::model::fault::Fault;
use crate::model::health::Level;
use crate::model::id::Sha;
use crate::model::instance::{Instance, Silence};
use crate::model::sighting::Question;
use crate::model::timeline::{self, Tone};

/// How much of why health is not told stands in a title.
const SILENCE: usize = 56;

/// The columns of the instances.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Of {
    Id,
    Health,
    Version,
    State,
    Age,
    Cpu,
    Load,
    Zone,
    Type,
    Cause,
}

const fn column(id: Of, title: &'static str, worth: u8, least: usize, usual: usize, most: usize) -> Column<Of> {
    let align = match id {
        Of::Age | Of::Cpu | Of::Load => Align::Right,
        Of::Id | Of::Health | Of::Version | Of::State | Of::Zone | Of::Type | Of::Cause => Align::Left,
    };
    Column { id, title, worth, least, usual, most, align }
}

const COLUMNS: [Column<Of>; 10] = [
    column(Of::Id, "INSTANCE", 255, 11, 11, 19),
    column(Of::Health, "HEALTH", 255, 10, 10, 11),
    column(Of::Version, "VERSION", 255, 19, 19, 25),
    column(Of::State, "DEPLOY", 90, 11, 11, 11),
    column(Of::Age, "AGE", 80, 4, 4, 4),
    column(Of::Cpu, "CPU", 70, 4, 4, 5),
    column(Of::Load, "LOAD", 60, 5, 5, 5),
    column(Of::Zone, "ZONE", 50, 13, 13, 15),
    column(Of::Type, "TYPE", 40, 9, 10, 12),
    column(Of::Cause, "CAUSE", 55, 14, 30, usize::MAX),
];

/// A line with the title of a pane in it; the pane that has the keys stands out.
pub fn pane_title(pen: &mut Pen<'_>, area: Rect, name: &'static str, has_keys: bool, about: Vec<(u8, Line<'_>)>) {
    let (rule, role) = if has_keys { (Role::Bar, Role::Title) } else { (Role::Rule, Role::Heading) };
    let room = usize::from(area.width);
    pen.line(area, 0, 0, Line::own(if has_keys { "━━ " } else { "── " }, rule));
    let mut end = pen.line(area, 0, 3, Line::own(name, role)) + 1;
    for (index, part) in most_worthy(about, 3, room.saturating_sub(end + 4)).into_iter().enumerate() {
        end = pen.line(area, 0, end, Line::own(if index == 0 { " " } else { "· " }, Role::Rule));
        end = pen.line(area, 0, end, part) + 1;
    }
    pen.fill(area, 0, end, room, if has_keys { "━" } else { "─" }, rule);
}

/// Draws the instances.
pub fn instances(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, environment: &Environment<'_>) {
    let screen = &view.state.environment_screen;
    let rows = instances_in_order(environment);
    let mut about = about_instances(view, environment);
    let by_resources = environment.identity().is_some_and(|identity| identity.answers.holds(Question::Resources));
    about.extend(trouble(view, environment, if by_resources { Question::Resources } else { Question::Instances }));
    about.extend(below(screen.instances.offset(), usize::from(area.height).saturating_sub(2), rows.len()));
    pane_title(pen, area, "instances", screen.pane == Pane::Instances, about);
    if rows.is_empty() {
        nothing(pen, area, no_instances(environment), environment.detail_fault());
        return;
    }
    let columns = table::lay_out(&COLUMNS, usize::from(area.width), |_| false);
    table::headings(pen, area, 1, &columns, None, None);
    let room = usize::from(area.height).saturating_sub(2);
    if screen.pane == Pane::Instances {
        let listed = rows.len().saturating_sub(screen.instances.offset()).min(room);
        view.lists(area.y + 2, listed, screen.instances.offset());
    }
    for (down, instance) in rows.into_iter().skip(screen.instances.offset()).take(room).enumerate() {
        for column in &columns {
            table::cell(pen, area, down + 2, column, instance_cell(view, environment, instance, column));
        }
        let selected = screen.instances.selected() == Some(&instance.id);
        table::finish_row(pen, area, down + 2, selected && screen.pane == Pane::Instances, false);
    }
}

/// What there is to say of all instances, with what each part is worth.
fn about_instances<'a>(view: &View<'a>, environment: &Environment<'a>) -> Vec<(u8, Line<'a>)> {
    let Some(told) = environment.instances() else { return Vec::new() };
    let mut parts = vec![(90, Line::own(told.value.total().to_string(), Role::Text))];
    match told.value.healthy() {
        Some(healthy) => {
            let role = if healthy < told.value.total() { Role::HealthDegraded } else { Role::Faint };
            parts.push((80, Line::own(format!("{healthy} serve"), role)));
        }
        None => {
            let why = told.value.silence.as_ref().map_or(Cow::Borrowed("basic health: how each is is not told"), Silence::sentence);
            // Cut, not left out: the text of an instance has it whole.
            parts.push((80, Line::foreign(why.into_owned(), Role::Faint).cut(SILENCE)));
        }
    }
    if told.value.mixed() {
        let shares = version::shares(&view.state.fleet, environment.app_ref(), told.value);
        parts.push((100, Line::own(format!("mixed {shares}"), Role::Differs)));
    }
    parts.push((50, Line::own(format!("{} ago", view.age(told.at)), Role::Faint)));
    parts
}

/// What stands where there are no rows: the fault that is why, on as many lines as there are, or this.
fn nothing(pen: &mut Pen<'_>, area: Rect, instead: Line<'_>, fault: Option<Told<&Fault>>) {
    let Some(fault) = fault.filter(|_| instead.is_empty()) else {
        pen.line(area, 1, 3, instead);
        return;
    };
    let text = harmless(Cow::Borrowed(fault.value.sentence.as_ref()));
    let (room, high) = (usize::from(area.width).saturating_sub(6), usize::from(area.height).saturating_sub(1));
    for (index, text) in wrap(&text, room, high).into_iter().enumerate() {
        let sign = if index == 0 { "! " } else { "  " };
        pen.line(area, index + 1, 3, Line::own(sign, Role::Fault).and(text, Role::Text));
    }
}

/// Why there are no instances; empty where a fault is why.
fn no_instances<'a>(environment: &Environment<'a>) -> Line<'a> {
    match (environment.instances(), environment.detail_fault()) {
        (Some(_), _) => Line::own("There are none.", Role::Text),
        (None, Some(_)) => Line::new(),
        (None, None) if environment.is_unseen() => Line::own("? not known", Role::HealthUnknown),
        (None, None) if !may_be_told(environment) => Line::own("— nothing tells of its instances", Role::Faint),
        (None, None) => Line::own("· not read yet", Role::Faint),
    }
}

/// Whether anything that is asked about the environment tells of its instances; so it is where that is not known.
fn may_be_told(environment: &Environment<'_>) -> bool {
    let telling = [Question::Instances, Question::Resources, Question::Versions];
    environment.identity().is_none_or(|identity| telling.into_iter().any(|question| identity.answers.holds(question)))
}

fn instance_cell<'a>(view: &View<'a>, environment: &Environment<'a>, instance: &'a Instance, column: &Placed<Of>) -> Line<'a> {
    let optional = |text: Option<String>, missing: &'static str| match text {
        Some(text) => Line::own(text, Role::Text),
        None => Line::own(missing, Role::Faint),
    };
    match column.id {
        Of::Id => Line::own(cut_middle(harmless(Cow::Borrowed(instance.id.as_str())), column.width), Role::Text),
        Of::Health => {
            let known = environment.instances().is_some_and(|told| told.value.health_known);
            let mut line = Line::new();
            line.push(words::level_piece(instance.level, instance.word.as_deref().filter(|_| known)));
            if known { line } else { Line::own(NOTHING, Role::Faint) }
        }
        Of::Version => instance_version(view, environment, instance, column.width),
        Of::State => {
            let state = instance.deployment.as_ref().and_then(|deployment| deployment.state.as_ref());
            state.map_or_else(|| Line::own(NOTHING, Role::Faint), |state| Line::foreign(state.word(), Role::Text))
        }
        Of::Age => optional(instance.launched_at.map(|at| view.age(at).to_string()), NOTHING),
        Of::Cpu => optional(instance.cpu.map(share), NOTHING),
        Of::Load => optional(instance.load.map(|load| format!("{load:.2}")), NOTHING),
        Of::Zone => instance.zone.as_deref().map_or_else(|| Line::own(NOTHING, Role::Faint), |zone| Line::foreign(zone, Role::Text)),
        Of::Type => {
            let kind = instance.instance_type.as_deref();
            kind.map_or_else(|| Line::own(NOTHING, Role::Faint), |kind| Line::foreign(kind, Role::Text))
        }
        Of::Cause => instance.causes.first().map_or_else(Line::new, |cause| Line::foreign(cause.as_ref(), Role::Text)),
    }
}

/// What runs on one instance; what is not what the environment wants stands out.
fn instance_version<'a>(view: &View<'a>, environment: &Environment<'a>, instance: &'a Instance, room: usize) -> Line<'a> {
    let Some(deployment) = &instance.deployment else { return Line::own(NOTHING, Role::Faint) };
    let Some(label) = &deployment.label else { return Line::own(UNKNOWN, Role::HealthUnknown) };
    let commit = environment.app_ref().and_then(|app| view.state.fleet.commit_of(app, label));
    let differs = environment.label().is_some_and(|wanted| wanted != label);
    let role = if differs { Role::Differs } else { Role::Text };
    let sign = if differs { "≠" } else { "" };
    let room = room.saturating_sub(sign.chars().count());
    let mut line = Line::own(sign, role);
    line.append(version::in_line(version::fit(label.as_str(), commit.as_ref().map(Sha::as_str), room), role));
    line
}

/// Draws the events.
pub fn events(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, environment: &Environment<'_>) {
    let screen = &view.state.environment_screen;
    let room = usize::from(area.height).saturating_sub(1);
    let count = environment.events().count();
    let mut about = trouble(view, environment, Question::Events);
    about.extend(below(screen.events.offset(), room, count));
    about.extend(environment.answered_at(Question::Events).map(|at| (50, Line::own(format!("{} ago", view.age(at)), Role::Faint))));
    pane_title(pen, area, "events", screen.pane == Pane::Events, about);
    for (down, event) in environment.events().skip(screen.events.offset()).take(room).enumerate() {
        let at = pen.line(area, down + 1, 3, Line::own(moment(event.at, view.state.now), Role::Faint));
        let (sign, sign_role) = event_sign(event);
        let line = Line::own(format!(" {sign} "), sign_role);
        let role = if event.severity >= Severity::Warning { Role::Text } else { Role::Faint };
        pen.line(area, down + 1, at, line.and_foreign(event_in_a_row(&event.message), role));
        let selected = screen.events.selected() == Some(event);
        table::finish_row(pen, area, down + 1, selected && screen.pane == Pane::Events, false);
    }
    if count == 0 {
        nothing(pen, area, no_events(environment), environment.fault_of(Question::Events));
    }
}

/// The sign of an event: as on the Timeline, what ends in Severe or Degraded is no mere warning, whatever the platform
/// calls it.
fn event_sign(event: &PlatformEvent) -> (&'static str, Role) {
    let is_of_health = matches!(event.meaning, Some(Meaning::HealthChanged { .. }));
    let severity = match timeline::health_tone(event) {
        Tone::Degraded if is_of_health => return (glyph(Level::Degraded), level_role(Level::Degraded)),
        Tone::Bad if is_of_health => Severity::Error,
        _ => event.severity,
    };
    (severity_glyph(severity), severity_role(severity))
}

/// An event as a row tells it, in the Timeline's words: what each change of health begins with would leave no room for the
/// change. Selected, it is told whole.
fn event_in_a_row(message: &str) -> Cow<'_, str> {
    timeline::transition(message).map_or(Cow::Borrowed(message), |rest| Cow::Owned(format!("health {rest}")))
}

/// Why there are no events; empty where a fault is why.
fn no_events<'a>(environment: &Environment<'a>) -> Line<'a> {
    match (environment.fault_of(Question::Events), environment.answered_at(Question::Events)) {
        (Some(_), _) => Line::new(),
        (None, Some(_)) => Line::own("None in what was read.", Role::Faint),
        (None, None) if environment.is_unseen() => Line::own("? not known", Role::HealthUnknown),
        (None, None) => Line::own("· not read yet", Role::Faint),
    }
}

/// Why what a pane shows may be old.
fn trouble<'a>(view: &View<'_>, environment: &Environment<'a>, question: Question) -> Vec<(u8, Line<'a>)> {
    let fault = environment.fault_of(question);
    let said =
        |fault: Told<&Fault>| (110, Line::own(format!("! {}, tried {} ago", fault.value.kind.word(), view.age(fault.at)), Role::Fault));
    fault.map(said).into_iter().collect()
}

/// Which rows are shown, where not all are.
fn below(offset: usize, room: usize, count: usize) -> Option<(u8, Line<'static>)> {
    let last = (offset + room).min(count);
    (count > room).then(|| (105, Line::own(format!("{}–{last} of {count}", offset + 1), Role::Faint)))
}

/// Draws the whole text of what is selected in the pane that has the keys.
pub fn detail(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, environment: &Environment<'_>) {
    let screen = &view.state.environment_screen;
    let (title, text) = match screen.pane {
        Pane::Instances => {
            let rows = instances_in_order(environment);
            let Some(instance) = rows.into_iter().find(|instance| screen.instances.selected() == Some(&instance.id)) else { return };
            (Line::foreign(instance.id.as_str(), Role::Strong), instance_text(view, environment, instance))
        }
        Pane::Why => return,
        Pane::Events => {
            let Some(event) = screen.events.selected() else { return };
            let title = Line::own(format!("{}, {} ago", moment(event.at, view.state.now), view.age(event.at)), Role::Strong);
            (title.and(format!(" · {}", event.severity.word()), Role::Faint), event_text(event))
        }
    };
    super::fleet_details::title(pen, area, title);
    let (room, high) = (usize::from(area.width).saturating_sub(2), usize::from(area.height).saturating_sub(1));
    for (index, line) in paragraphs(&text, room, high).into_iter().enumerate() {
        pen.line(area, index + 1, 1, Line::own(line, Role::Text));
    }
}

/// Each text on lines of its own where there is room for that, else one behind the other.
fn paragraphs(texts: &[String], room: usize, high: usize) -> Vec<String> {
    let apart: Vec<String> = texts.iter().flat_map(|text| wrap(text, room, usize::MAX)).collect();
    if apart.len() <= high { apart } else { wrap(&texts.join("  ·  "), room, high) }
}

/// Everything that is known of an instance, in sentences.
fn instance_text(view: &View<'_>, environment: &Environment<'_>, instance: &Instance) -> Vec<String> {
    let causes: Vec<String> = instance.causes.iter().map(ToString::to_string).collect();
    let mut parts = if causes.is_empty() { Vec::new() } else { vec![causes.join("  ·  ")] };
    let silence = environment.instances().and_then(|told| told.value.silence.as_ref());
    parts.extend(silence.filter(|_| instance.level == Level::Unknown).map(|silence| silence.sentence().into_owned()));
    if let Some(deployment) = &instance.deployment {
        let label = deployment.label.as_ref().map_or(UNKNOWN, |label| label.as_str());
        let state = deployment.state.as_ref().map(|state| state.word().to_owned());
        let number = deployment.number.map(|number| format!("deployment {number}"));
        let at = deployment.at.map(|at| format!("{} ago", view.age(at)));
        let told: Vec<String> = [state, number, at].into_iter().flatten().collect();
        let colon = if told.is_empty() { "" } else { ": " };
        parts.push(format!("runs {label}{colon}{}", told.join(", ")));
    }
    let machine = [instance.instance_type.as_deref(), instance.zone.as_deref()].into_iter().flatten();
    let mut machine: Vec<String> = machine.map(ToOwned::to_owned).collect();
    machine.extend(instance.launched_at.map(|at| format!("launched {} ago", view.age(at))));
    machine.extend(instance.traffic.requests_per_second.map(|rate| format!("{} req/s", super::text::per_second(rate))));
    machine.extend(instance.traffic.p99.map(|time| format!("p99 {}", super::text::seconds(time))));
    if !machine.is_empty() {
        parts.push(machine.join(" · "));
    }
    if parts.is_empty() {
        parts.push(NOT_YET.to_owned());
    }
    parts.into_iter().map(|part| harmless(Cow::Owned(part)).into_owned()).collect()
}

fn event_text(event: &PlatformEvent) -> Vec<String> {
    let label = event.label.as_ref().map(|label| format!("version {label}"));
    let request = event.request.as_ref().map(|request| format!("request {request}"));
    let about: Vec<String> = label.into_iter().chain(request).collect();
    let texts = [event.message.to_string(), about.join(" · ")];
    texts.into_iter().filter(|text| !text.is_empty()).map(|text| harmless(Cow::Owned(text)).into_owned()).collect()
}
