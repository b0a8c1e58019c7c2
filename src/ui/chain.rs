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
use crate::model::run::Gate;

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

/// How the checks of a change came out.
#[must_use]
pub fn checks(state: Option<CheckState>) -> Line<'static> {
    match state {
        Some(CheckState::Success) => Line::own("✔ checks", Role::HealthOk),
        Some(CheckState::Failure) => Line::own("✖ checks", Role::HealthSevere),
        Some(CheckState::Pending) => Line::own("↻ checks", Role::Activity),
        Some(CheckState::Neutral) => Line::own("— checks", Role::Faint),
        Some(CheckState::Unknown) | None => Line::own("? checks", Role::HealthUnknown),
    }
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

/// Who wrote a change.
#[must_use]
pub fn author(change: &Change) -> Line<'_> {
    match &change.author {
        Some(login) => Line::own("@", Role::Faint).and_foreign(login.as_str(), Role::Text),
        None => Line::own("(account gone)", Role::Faint),
    }
}

/// A change on one line: what it is called, its title, who wrote it, how old it is, how its checks came out.
#[must_use]
pub fn change_line<'a>(view: &View<'_>, change: &'a Change, room: usize, with_whereabouts: bool) -> Line<'a> {
    let mut end = Line::own("  ", Role::Text);
    end.append(author(change).cut(18));
    if let Some(at) = change.at {
        end = end.and(format!(" {}", view.age(at)), Role::Faint);
    }
    end = end.and("  ", Role::Text);
    end.append(checks(change.checks));
    if with_whereabouts {
        end = end.and("  ", Role::Text);
        end.append(whereabouts(&change.whereabouts));
    }
    let name = format!("{:<7} ", change.name());
    let title = room.saturating_sub(name.chars().count() + end.width());
    let text = Line::foreign(&*change.title, Role::Text).cut(title);
    let gap = title.saturating_sub(text.width());
    let mut line = Line::own(name, Role::Key);
    line.append(text);
    let mut line = line.and(" ".repeat(gap), Role::Text);
    line.append(end);
    line
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
