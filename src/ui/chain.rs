//! How pending changes, their checks and their whereabouts are written, on every screen alike.

use super::line::Line;
use super::theme::Role;
use super::view::View;
use super::words::{NOT_YET, UNKNOWN};
use crate::app::pending::Change;
use crate::model::chain::{Behind, Whereabouts};
use crate::model::clock::{Age, seconds_since};
use crate::model::commit::CheckState;
use crate::model::id::{EnvironmentKey, Repository};
use crate::model::promotion::Verdict;
use crate::model::run::{Conclusion, Gate, Progress};

/// A gate's timer and what is left of it: nothing goes on before, whoever approves. None where it has none, or is over.
#[must_use]
pub fn timer(view: &View<'_>, gate: &Gate) -> Option<String> {
    let whole = gate.wait_minutes.checked_mul(60).filter(|seconds| *seconds > 0)?;
    let Some(since) = gate.wait_since else { return Some(format!("timer of {}", Age::from_seconds(whole))) };
    let left = whole.checked_sub(seconds_since(since, view.state.now)).filter(|left| *left > 0)?;
    Some(format!("timer of {}, {} left", Age::from_seconds(whole), Age::from_seconds(left)))
}

/// How far behind, in a cell: `7 ⇡4 PRs`.
#[must_use]
pub fn behind(behind: Option<&Behind>) -> Line<'static> {
    let Some(behind) = behind else { return Line::own("", Role::Faint) };
    match behind {
        Behind::Unknown(_) => Line::own(UNKNOWN, Role::HealthUnknown),
        Behind::Mixed => Line::own("mixed", Role::Differs),
        Behind::NotRead => Line::own(NOT_YET, Role::Faint),
        Behind::Failed(_) => Line::own("!", Role::Fault),
        Behind::Nothing => Line::own("0", Role::Faint),
        Behind::Pending { commits, pulls: Some(pulls) } if *pulls > 0 => {
            Line::own(commits.to_string(), Role::Strong).and(format!(" ⇡{pulls}"), Role::Text)
        }
        Behind::Pending { commits, .. } => Line::own(commits.to_string(), Role::Strong),
        Behind::Beyond(commits) => Line::own(format!("+{commits}"), Role::Differs),
        Behind::Diverged { ahead, behind } => Line::own(format!("{ahead}⇅{behind}"), Role::Differs),
    }
}

/// How far behind, in words.
#[must_use]
pub fn behind_in_words(behind: &Behind) -> Line<'static> {
    let plural = |count: u64, word: &str| if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") };
    match behind {
        Behind::Unknown(gap) => Line::own("? ", Role::HealthUnknown).and_foreign(gap.words(), Role::HealthUnknown),
        Behind::Mixed => Line::own("runs several versions", Role::Differs),
        Behind::NotRead => Line::own("· not read yet", Role::Faint),
        Behind::Failed(why) => Line::own("! ", Role::Fault).and_foreign(why.to_string(), Role::Fault),
        Behind::Nothing => Line::own("nothing pending", Role::Faint),
        Behind::Pending { commits, pulls } => {
            let line = Line::own(plural(*commits, "commit"), Role::Strong);
            match pulls {
                Some(pulls) => line.and(format!(", {}", plural(u64::try_from(*pulls).unwrap_or(u64::MAX), "PR")), Role::Text),
                None => line,
            }
        }
        Behind::Beyond(commits) => Line::own(format!("runs {} more than it is offered", plural(*commits, "commit")), Role::Differs),
        Behind::Diverged { ahead, behind } => Line::own(
            format!("diverged: {} pending, {} that only it runs", plural(*ahead, "commit"), plural(*behind, "commit")),
            Role::Differs,
        ),
    }
}

/// The sign of how the checks of a change came out.
const fn check_sign(state: Option<CheckState>) -> (&'static str, Role) {
    match state {
        Some(CheckState::Success) => ("✔", Role::HealthOk),
        Some(CheckState::Failure) => ("✖", Role::HealthSevere),
        Some(CheckState::Pending) => ("↻", Role::Activity),
        Some(CheckState::Neutral) => ("—", Role::Faint),
        Some(CheckState::Unknown) | None => ("?", Role::HealthUnknown),
    }
}

/// How the checks of a change came out.
#[must_use]
pub fn checks(state: Option<CheckState>) -> Line<'static> {
    let (sign, role) = check_sign(state);
    Line::own(format!("{sign} checks"), role)
}

/// Where a change is.
#[must_use]
pub fn whereabouts(whereabouts: &Whereabouts) -> Line<'static> {
    let (sign, role) = match whereabouts {
        Whereabouts::Waiting(_) => ("◔", Role::Activity),
        Whereabouts::Deploying(_) => ("↻", Role::Activity),
        Whereabouts::Superseded(_) => ("⊘", Role::Faint),
        Whereabouts::Failed(_) => ("✖", Role::HealthSevere),
        Whereabouts::Passed(_) => ("✔", Role::HealthOk),
        Whereabouts::Ignored | Whereabouts::NoRun => ("—", Role::Faint),
        Whereabouts::Reverted(_) => ("↶", Role::Differs),
        Whereabouts::Unknown => return Line::own(UNKNOWN, Role::HealthUnknown),
    };
    Line::own(format!("{sign} {}", whereabouts.words()), role)
}

/// Where a change is: on how many instances it runs already, where that are some of several.
fn place(change: &Change) -> Line<'static> {
    match change.arrived {
        Some((arrived, all)) if arrived > 0 => Line::own(format!("◐ runs on {arrived} of {all}"), Role::Differs),
        Some(_) | None => whereabouts(&change.whereabouts),
    }
}

/// Who wrote a change.
#[must_use]
pub fn author(change: &Change) -> Line<'_> {
    match &change.author {
        Some(login) => Line::own("@", Role::Faint).and_foreign(login.as_str(), Role::Text),
        None => Line::own("(account gone)", Role::Faint),
    }
}

/// How wide what is told of changes is, so that it stands in columns beside the titles.
#[derive(Clone, Copy, Debug)]
pub struct Changes {
    title: usize,
    author: usize,
    checks: usize,
    place: Option<usize>,
}

/// The width of a change's name.
const NAME: usize = 8;
/// The width of its age.
const AGE: usize = 4;
/// The width of how its checks came out; where there is little room, of its sign.
const CHECKS: (usize, usize) = (8, 1);
/// Below this room titles need what the rest can do without.
const NARROW: usize = 90;
/// A column is two cells away from the one before.
const GAP: usize = 2;

impl Changes {
    /// The columns for these changes in so much room; with where each of them is, or without.
    #[must_use]
    pub fn of<'a>(changes: impl Iterator<Item = &'a Change> + Clone, room: usize, with_place: bool) -> Self {
        let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or_default();
        let authors = widest(&mut changes.clone().map(|change| author(change).width()));
        let place = with_place.then(|| widest(&mut changes.clone().map(|change| place(change).width())));
        let title = widest(&mut changes.map(|change| Line::foreign(&*change.title, Role::Text).width()));
        let laid_out = |most: usize, checks: usize| {
            let author = authors.min(most);
            let rest = NAME + GAP + author + 1 + AGE + GAP + checks + place.map_or(0, |place| GAP + place);
            Self { title: title.min(room.saturating_sub(rest)), author, checks, place }
        };
        let roomy = laid_out(18, CHECKS.0);
        if room < NARROW && roomy.title < title { laid_out(10, CHECKS.1) } else { roomy }
    }

    /// A change on one line: what it is called, its title, who wrote it, how old it is, how its checks came out, where it is.
    #[must_use]
    pub fn line<'a>(&self, view: &View<'_>, change: &'a Change) -> Line<'a> {
        let age = change.at.map_or_else(String::new, |at| view.age(at).to_string());
        let mut line = Line::own(format!("{:<NAME$}", change.name()), Role::Key);
        line.append(Line::foreign(&*change.title, Role::Text).cut(self.title).padded(self.title + GAP));
        line.append(author(change).cut(self.author).padded(self.author + 1));
        let mut line = line.and(format!("{age:>AGE$}"), Role::Faint).and(" ".repeat(GAP), Role::Text);
        let (sign, role) = check_sign(change.checks);
        let checks = if self.checks == CHECKS.0 { checks(change.checks) } else { Line::own(sign, role) };
        if self.place.is_some() {
            line.append(checks.padded(self.checks + GAP));
            line.append(place(change));
        } else {
            line.append(checks);
        }
        line
    }
}

/// Why a repository could not be read, in a whole sentence, and how old what is shown is.
#[must_use]
pub fn fault<'a>(view: &View<'a>, repository: &Repository) -> Option<Line<'a>> {
    let facts = view.state.github.forge.get(repository)?;
    let fault = facts.faults().next()?;
    let line = Line::own("! ", Role::Fault).and_foreign(&*fault.sentence, Role::Text);
    Some(match facts.runs.at() {
        Some(at) => line.and(format!("  (last read {} ago)", view.age(at)), Role::Faint),
        None => line,
    })
}

/// The sign of how far a run or a job is.
#[must_use]
pub const fn progress(progress: Progress) -> (&'static str, Role) {
    match progress {
        Progress::Queued => ("·", Role::Faint),
        Progress::Waiting => ("◔", Role::Activity),
        Progress::InProgress => ("↻", Role::Activity),
        Progress::Completed(Conclusion::Success) => ("✔", Role::HealthOk),
        Progress::Completed(Conclusion::Failure | Conclusion::TimedOut) => ("✖", Role::HealthSevere),
        Progress::Completed(Conclusion::Cancelled | Conclusion::Skipped | Conclusion::Other) => ("⊘", Role::Faint),
        Progress::Unknown => ("?", Role::HealthUnknown),
    }
}

/// A check's sign.
#[must_use]
pub const fn verdict(verdict: Verdict) -> (&'static str, Role) {
    match verdict {
        Verdict::Pass => ("✔", Role::HealthOk),
        Verdict::Warn => ("▲", Role::HealthWarning),
        Verdict::Unknown => ("?", Role::HealthUnknown),
        Verdict::Fail => ("✖", Role::HealthSevere),
    }
}

/// Environments on one line, a region only where it tells something: `h-prod us-west-1, ca-central-1`.
#[must_use]
pub fn environments<'a>(keys: impl IntoIterator<Item = &'a EnvironmentKey>) -> String {
    let mut names: Vec<(&str, Vec<&str>)> = Vec::new();
    for key in keys {
        let region = key.region.as_ref().map(crate::model::id::Region::as_str);
        match names.iter_mut().find(|(name, _)| *name == key.name.as_str()) {
            Some((_, regions)) => regions.extend(region),
            None => names.push((key.name.as_str(), region.into_iter().collect())),
        }
    }
    let each = names
        .into_iter()
        .map(|(name, regions)| if regions.is_empty() { name.to_owned() } else { format!("{name} {}", regions.join(", ")) });
    each.collect::<Vec<_>>().join(" · ")
}
