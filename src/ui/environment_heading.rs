//! The heading of the Environment screen: four facts, never merged into one.
//!
//! Where somebody has locked the environment, who and why stands before the activity.
//!
//! ```text
//!  HEALTH    ✖ Severe  beanstalk enhanced health · 4s ago
//!            ✖ 31 % of the requests are failing with HTTP 5xx.
//!            ✖ 2 of 4 instances: ELB health check failing
//!  ACTIVITY  ↻ deploying 9/12 ▰▰▰▱ 4m
//!  VERSION   20221110-g8a52aea  commit 8a52aea · beanstalk version label · exact · 4s ago
//!  REQUESTS  12 req/s  p50 0.04s  p90 0.12s  p99 0.21s  4xx 0.4%  5xx 0%   8s ago
//!  WHERE     us-west-1 · account 111122223333 · app h · production · h-prod.example.com
//!  PLATFORM  64bit Amazon Linux 2023 v4.3.0 running Docker · Ready · created 41d ago
//! ```

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::environment_why;
use super::fleet_cells::{errors_role, progress};
use super::line::{Line, Pen};
use super::lock;
use super::text::{per_second, seconds, share};
use super::theme::Role;
use super::version;
use super::view::View;
use super::words::{self, NOTHING};
use crate::app::fleet::running_since;
use crate::model::environment::Environment;
use crate::model::health::Traffic;
use crate::model::id::Sha;
use crate::model::sighting::Question;

/// Where the facts begin, behind their names.
const INDENT: usize = 11;
/// The facts beside the health: each takes a line.
const OTHERS: usize = 5;

/// Draws the facts.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, environment: &Environment<'_>) {
    let inner = Rect { width: area.width.saturating_sub(1), ..area };
    let is_locked = view.state.locks.of(&environment.key(), view.state.now).is_some();
    // Where there is no room for it, the lock takes the place of the last fact.
    let room = usize::from(area.height).saturating_sub(OTHERS + usize::from(is_locked)).max(1);
    let causes = health(view, pen, inner, environment, room);
    let locked = lock::sentence(view, &environment.key()).map(|line| ("LOCK", line));
    let facts = [
        ("ACTIVITY", activity(view, environment)),
        ("VERSION", running(view, environment)),
        ("REQUESTS", traffic(view, environment)),
        ("WHERE", place(view, environment)),
        ("PLATFORM", platform(view, environment)),
    ];
    for (index, (name, line)) in locked.into_iter().chain(facts).enumerate() {
        fact(pen, inner, causes + index, name, line);
    }
}

fn fact(pen: &mut Pen<'_>, area: Rect, down: usize, name: &'static str, line: Line<'_>) {
    pen.line(area, down, 1, Line::own(name, Role::Heading));
    pen.line(area, down, INDENT, line);
}

/// The level, and what is wrong, as much of it as there is room for. Returns the lines it took.
fn health(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, environment: &Environment<'_>, room: usize) -> usize {
    let mut line = Line::new();
    line.push(words::health(environment));
    line.append(told_by(view, environment));
    let wide = usize::from(area.width).saturating_sub(INDENT);
    let sentences = environment_why::sentences(view, environment);
    let (lines, whole) = environment_why::fitted(&sentences, wide, room.saturating_sub(1));
    if !whole && let Some(key) = environment_why::key_to_read(view) {
        line = line.and("  ", Role::Text).and(key, Role::Key).and(" reads all", Role::Faint);
    }
    fact(pen, area, 0, "HEALTH", line);
    let taken = lines.len();
    for (index, line) in lines.into_iter().enumerate() {
        pen.line(area, index + 1, INDENT, line);
    }
    taken + 1
}

/// Where the level was read, and when.
fn told_by<'a>(view: &View<'_>, environment: &Environment<'a>) -> Line<'a> {
    let Some(told) = environment.word() else {
        if environment.awaits_health() {
            return Line::new();
        }
        let why = environment.why_no_health().unwrap_or_default();
        let seen = if environment.is_unseen() { "declared, not seen: " } else { "" };
        return Line::own(format!("  {seen}"), Role::Faint).and_foreign(why, Role::Faint);
    };
    let basic = told.source.limit().map_or_else(String::new, |limit| format!(" ({limit})"));
    Line::own(format!("  {}{basic} · {} ago", told.source.word(), view.age(told.at)), Role::Faint)
}

fn activity<'a>(view: &View<'_>, environment: &Environment<'a>) -> Line<'a> {
    let status = environment.identity().and_then(|identity| identity.status.as_deref());
    match environment.activity() {
        Some(told) => {
            let line = match told.value {
                Some(activity) => {
                    progress(view, &activity, usize::MAX).and(if activity.since.is_some() { " so far" } else { "" }, Role::Faint)
                }
                None => Line::own("none", Role::Text),
            };
            let line = match status {
                Some(status) => line.and("  ", Role::Text).and_foreign(status, Role::Faint),
                None => line,
            };
            line.and(format!(" · {} ago", view.age(told.at)), Role::Faint)
        }
        None => not_known(environment.why_no_activity()),
    }
}

/// That something has not been asked for yet.
fn not_read_yet() -> Line<'static> {
    Line::own(format!("{} not read yet", words::NOT_YET), Role::Faint)
}

/// That something is not known, and why.
fn not_known(why: Option<Cow<'_, str>>) -> Line<'_> {
    let line = Line::own("? not known", Role::HealthUnknown);
    match why {
        Some(why) => line.and(": ", Role::Faint).and_foreign(why, Role::Faint),
        None => line,
    }
}

fn running<'a>(view: &View<'a>, environment: &Environment<'a>) -> Line<'a> {
    let line = backend(view, environment);
    let Some(told) = environment.frontend() else { return line };
    let short = told.value.sha.as_ref().map_or_else(|| told.value.label.to_string(), |sha| sha.short().to_owned());
    let is_skewed = environment.commit().zip(told.value.sha.as_ref()).is_some_and(|(own, frontend)| !own.agrees_with(frontend));
    let role = if is_skewed { Role::Differs } else { Role::Text };
    line.and(" · frontend ", Role::Faint).and_foreign(short, role).and(format!(" {} ago", view.age(told.at)), Role::Faint)
}

fn backend<'a>(view: &View<'a>, environment: &Environment<'a>) -> Line<'a> {
    let Some(told) = environment.version() else {
        return if environment.awaits_version() { not_read_yet() } else { not_known(environment.why_no_version()) };
    };
    let mixed = environment.instances().filter(|told| told.value.mixed());
    // Beside the versions that run, the wanted one in full would not fit.
    let room = if mixed.is_some() { 20 } else { usize::MAX };
    let mut line = match mixed {
        Some(instances) => {
            let shares = version::shares(&view.state.fleet, environment.app_ref(), instances.value);
            Line::own(format!("mixed {shares}"), Role::Differs).and("  wanted ", Role::Faint)
        }
        None => Line::new(),
    };
    let label = version::fit(told.value.label.as_str(), told.value.sha.as_ref().map(Sha::as_str), room).into_owned();
    line.append(version::in_line(label.into(), Role::Strong));
    // A label that is the commit has said it, unless it was cut.
    let is_said = |sha: &&Sha| mixed.is_none() && told.value.label.as_str() == sha.as_str();
    if let Some(sha) = told.value.sha.as_ref().filter(|sha| !is_said(sha)) {
        line = line.and(format!("  commit {sha}"), Role::Text);
    }
    if let Some(since) = running_since(environment) {
        line = line.and(format!(" · deployed {} ago", view.age(since)), Role::Text);
    }
    line.and(format!(" · {} · {} · {} ago", told.value.source.word(), told.value.confidence.word(), view.age(told.at)), Role::Faint)
}

fn traffic<'a>(view: &View<'_>, environment: &Environment<'a>) -> Line<'a> {
    let Some(told) = environment.traffic() else {
        let offered = environment.identity().is_some_and(|identity| identity.answers.holds(Question::Health));
        let source = environment.health().map_or("its platform", |told| told.value.source.word());
        let why = match (environment.is_unseen(), offered, environment.detail_fault().is_some()) {
            (true, _, _) | (_, _, true) => "? not known".to_owned(),
            (false, true, false) => "· not read yet".to_owned(),
            (false, false, false) => format!("— {source} tells nothing of requests"),
        };
        return Line::own(why, Role::Faint);
    };
    let Traffic { requests_per_second, server_error_share, client_error_share, p50, p90, p99 } = told.value;
    let mut line = Line::new();
    for (name, figure) in [
        ("", requests_per_second.map(|rate| format!("{} req/s", per_second(rate)))),
        ("p50 ", p50.map(seconds)),
        ("p90 ", p90.map(seconds)),
        ("p99 ", p99.map(seconds)),
        ("4xx ", client_error_share.map(share)),
        ("5xx ", server_error_share.map(share)),
    ] {
        let role = server_error_share.filter(|_| name == "5xx ").map_or(Role::Text, errors_role);
        line = line.and(name, Role::Faint).and(figure.unwrap_or_else(|| NOTHING.to_owned()), role).and("  ", Role::Text);
    }
    line.and(format!("{} ago", view.age(told.at)), Role::Faint)
}

fn place<'a>(view: &View<'_>, environment: &Environment<'a>) -> Line<'a> {
    let key = environment.key();
    let mut line = Line::own(environment.tier().word(), Role::Text).and(" · app ", Role::Faint);
    line = line.and_foreign(environment.app().to_string(), Role::Text);
    if let Some(region) = key.region {
        line = line.and(" · ", Role::Faint).and_foreign(region.to_string(), Role::Text);
    }
    if let Some(account) = key.account {
        line = line.and(" · account ", Role::Faint).and_foreign(view.state.fleet_screen.names.full(&account), Role::Text);
    }
    let reader = environment.source().map(|source| &source.scope.connection);
    if let Some(standby) = view.state.reading.standby.iter().find(|standby| Some(&standby.reader) == reader) {
        line = line.and_foreign(format!(" · read through {}, {} stands by", standby.reader, standby.connection), Role::Faint);
    }
    match environment.identity().and_then(|identity| identity.url.as_deref()) {
        Some(url) => line.and(" · ", Role::Faint).and_foreign(url, Role::Text),
        None => line,
    }
}

/// Of what it is a preview, where it is one.
fn pull<'a>(view: &View<'_>, environment: &Environment<'a>) -> Line<'a> {
    let Some(told) = environment.pull() else { return Line::new() };
    let mut line = Line::own(format!("#{} ", told.value.number), Role::Text).and_foreign(told.value.title.as_ref(), Role::Text);
    if let Some(author) = &told.value.author {
        line = line.and(" by ", Role::Faint).and_foreign(author.as_str(), Role::Text);
    }
    let since = told.value.closed_at.or(told.value.created_at);
    let age = since.map_or_else(String::new, |at| format!(" {} ago", view.age(at)));
    let state = if told.value.closed_at.is_some() { told.value.state.word() } else { "opened" };
    line.and(format!(", {state}{age} · "), Role::Faint)
}

fn platform<'a>(view: &View<'_>, environment: &Environment<'a>) -> Line<'a> {
    let Some(identity) = environment.identity() else { return Line::own("? not known", Role::HealthUnknown) };
    let mut line = pull(view, environment);
    line.append(match identity.stack.as_deref() {
        Some(stack) => Line::foreign(stack, Role::Text),
        None => Line::own("? not known", Role::HealthUnknown),
    });
    if let Some(id) = &identity.platform_id {
        line = line.and(" · ", Role::Faint).and_foreign(id.as_str(), Role::Faint);
    }
    if let Some(at) = identity.created_at {
        line = line.and(format!(" · created {} ago", view.age(at)), Role::Faint);
    }
    if let Some(at) = identity.updated_at {
        line = line.and(format!(" · changed {} ago", view.age(at)), Role::Faint);
    }
    line
}
