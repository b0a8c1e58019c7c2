//! What the runs of a pipeline do to an app on a plain host: which of them deploy to it now, since when, and what the
//! last one left undone.
//!
//! A run is no deploy as long as it only tests: the job that deploys is what counts, and it is known by the environment
//! that it names, else by its own name.

use std::sync::Arc;

use super::activity::{Activity, ActivityKind};
use super::clock::{Stamp, Timestamp};
use super::forge::RepositoryFacts;
use super::health::{Health, HealthSource, Level};
use super::host::HostedApp;
use super::id::RunId;
use super::pipeline::Stage;
use super::remote::Remote;
use super::run::{Conclusion, Job, Jobs, Progress, Run};
use super::sighting::{Busy, Reading};

/// How the file of a workflow and the job that deploys begin, where nothing else tells them.
const DEPLOY: &str = "deploy";

/// A run that deploys to an app now.
struct Deploy<'f> {
    run: &'f Run,
    /// Since when its job does, where that is known.
    since: Option<Timestamp>,
}

/// The runs whose jobs have to be read: those that may deploy now, and the last that went well, until it has told.
pub(super) fn looked_into(app: &HostedApp, facts: &RepositoryFacts) -> impl Iterator<Item = RunId> {
    let is_told = |run: &&Run| jobs(run, facts).is_some_and(|jobs| jobs.each.iter().all(|job| !job.progress.is_live()));
    let over = last(app, facts).filter(|run| !is_told(run)).map(|run| run.id);
    at_work(app, facts).map(|run| run.id).chain(over).collect::<Vec<_>>().into_iter()
}

/// What the runs tell of an app, and when the oldest part of it was asked for. Nothing before the runs are known.
pub(super) fn reading(app: &HostedApp, facts: &RepositoryFacts) -> Option<(Stamp, Reading)> {
    facts.runs.value()?;
    let told = |run: &Run| facts.jobs.get(&run.id).and_then(Remote::stamp);
    let now = Stamp::of_parts(facts.runs.stamp().into_iter().chain(at_work(app, facts).filter_map(told)))?;
    // How a run ended that is over stays as true as it was.
    let over = last(app, facts).and_then(told).map(|over| over.sequence);
    let stamp = Stamp { sequence: over.map_or(now.sequence, |over| over.max(now.sequence)), ..now };
    let deploys = under_way(app, facts);
    let begun = deploys.iter().filter_map(|deploy| deploy.since).min();
    let busy = if deploys.is_empty() { Busy::No } else { Busy::With(Activity { since: begun, ..Activity::of(ActivityKind::Deploy) }) };
    Some((stamp, Reading { busy: Some(busy), health: health(app, facts, &deploys), ..Reading::default() }))
}

/// The runs that are at work and have a job that deploys to this app, newest first.
fn at_work<'f>(app: &'f HostedApp, facts: &'f RepositoryFacts) -> impl Iterator<Item = &'f Run> {
    let runs = facts.runs.value().into_iter().flatten();
    runs.filter(|run| run.progress == Progress::InProgress && Deployers::of(run, app, facts).is_some())
}

/// The newest run that has deployed to this app and went well.
fn last<'f>(app: &'f HostedApp, facts: &'f RepositoryFacts) -> Option<&'f Run> {
    let mut runs = facts.runs.value().into_iter().flatten();
    runs.find(|run| run.progress == Progress::Completed(Conclusion::Success) && Deployers::of(run, app, facts).is_some())
}

/// Those that deploy now: of which the job is at it, or of which nobody has told yet which of their jobs are.
fn under_way<'f>(app: &'f HostedApp, facts: &'f RepositoryFacts) -> Vec<Deploy<'f>> {
    let deploy = |run: &'f Run| {
        let Some(jobs) = jobs(run, facts) else { return Some(Deploy { run, since: None }) };
        let deployers = Deployers::of(run, app, facts)?;
        let mut ours = jobs.each.iter().filter(|job| deployers.has(job)).peekable();
        if ours.peek().is_none() {
            return (!jobs.each.is_empty()).then_some(Deploy { run, since: None });
        }
        let mut at_it = ours.filter(|job| job.progress == Progress::InProgress).peekable();
        at_it.peek()?;
        Some(Deploy { run, since: at_it.filter_map(|job| job.started_at).min() })
    };
    at_work(app, facts).filter_map(deploy).collect()
}

fn jobs<'f>(run: &Run, facts: &'f RepositoryFacts) -> Option<&'f Jobs> {
    facts.jobs.get(&run.id)?.value()
}

/// Which jobs of a run deploy to an app.
enum Deployers<'f> {
    /// Those of these stages.
    Stages(Vec<&'f Stage>),
    /// Those whose name says so.
    Named,
}

impl<'f> Deployers<'f> {
    /// None where the run does not deploy to this app.
    fn of(run: &Run, app: &HostedApp, facts: &'f RepositoryFacts) -> Option<Self> {
        let branch = facts.overview.value().map(|overview| &overview.branch);
        // A run for a pull request makes a preview.
        if &*run.event == "pull_request" || branch.zip(run.branch.as_ref()).is_some_and(|(deployed, own)| deployed != own) {
            return None;
        }
        let pipelines = facts.overview.value().map_or(&[][..], |overview| &overview.pipelines);
        let stages = pipelines.iter().filter(|pipeline| pipeline.workflow == run.workflow).flat_map(|pipeline| &pipeline.stages);
        let gated: Vec<&Stage> = stages.filter(|stage| stage.gate.is_some()).collect();
        if gated.is_empty() {
            let file = run.workflow.rsplit('/').next().unwrap_or_default();
            return file.starts_with(DEPLOY).then_some(Self::Named);
        }
        // One whose stages all name other environments deploys elsewhere.
        let ours: Vec<&Stage> = gated.into_iter().filter(|stage| stage.gate.as_ref() == Some(&app.deployment)).collect();
        (!ours.is_empty()).then_some(Self::Stages(ours))
    }

    fn has(&self, job: &Job) -> bool {
        match self {
            Self::Stages(stages) => stages.iter().any(|stage| stage.is_called(&job.name)),
            Self::Named => {
                let mut words = job.name.split(|c: char| !c.is_alphanumeric());
                words.any(|word| word.get(..DEPLOY.len()).is_some_and(|start| start.eq_ignore_ascii_case(DEPLOY)))
            }
        }
    }
}

/// What is wrong as far as the runs tell; none where nothing is.
fn health(app: &HostedApp, facts: &RepositoryFacts, deploys: &[Deploy<'_>]) -> Option<Health> {
    let found: Vec<(Level, String)> = of_deploys(app, deploys).into_iter().chain(of_migration(app, facts)).collect();
    let level = found.iter().map(|(level, _)| *level).max_by_key(|level| level.urgency())?;
    let causes = found.into_iter().map(|(_, sentence)| Arc::from(sentence)).collect();
    Some(Health { level, word: None, causes, source: HealthSource::Pipeline })
}

fn of_deploys(app: &HostedApp, deploys: &[Deploy<'_>]) -> Option<(Level, String)> {
    match deploys {
        [] => None,
        [Deploy { run, since: Some(_) }] => Some((
            Level::Info,
            format!("run #{} deploys: until it is over an answer of 502 to 504 is the gap that has to be expected", run.number),
        )),
        [Deploy { run, since: None }] => Some((
            Level::Info,
            format!("run #{} deploys, and since when is not known: no answer of 502 to 504 can be told from an outage", run.number),
        )),
        several => {
            let numbers: Vec<String> = several.iter().map(|deploy| format!("#{}", deploy.run.number)).collect();
            let (runs, name) = (numbers.join(" and "), &app.name);
            Some((
                Level::Warning,
                format!("runs {runs} deploy to {name} at once: nothing keeps them apart, and which comes last is chance"),
            ))
        }
    }
}

/// A step that migrates the database has failed, and the deploy went on.
fn of_migration(app: &HostedApp, facts: &RepositoryFacts) -> Option<(Level, String)> {
    let run = last(app, facts)?;
    let wanted = app.migration_step.to_lowercase();
    let steps = jobs(run, facts)?.each.iter().flat_map(|job| &job.steps);
    let failed = Progress::has_failed;
    let step = steps.into_iter().find(|step| failed(step.progress) && step.name.to_lowercase().contains(&wanted))?;
    Some((
        Level::Warning,
        format!(
            "run #{} has deployed though its step \"{}\" failed: what runs may need a database that is not there yet",
            run.number, step.name
        ),
    ))
}
