//! Workflows that deploy: which jobs do, in which order, behind which gates, to where.
//!
//! Read from the text as it stands (GitHub's documentation, "Workflow syntax for GitHub Actions"). What an
//! expression gives only a run knows: here it is not known. Nothing depends on anybody's names but the
//! common ones of inputs and variables, below.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;

use super::condition::condition;
use super::manual::{group, manual};
use super::soft::soft;
use super::yaml::{Node, null, parse};
use crate::model::dispatch::{Manual, Term};
use crate::model::id::{EnvironmentName, Region};
use crate::model::pipeline::{PathFilter, Pipeline, Stage, Target};

/// The inputs and variables that name a GitHub environment.
const GATES: [&str; 3] = ["github_environment_name", "github_environment", "environment"];
/// Those that name a region.
const REGIONS: [&str; 3] = ["aws_region", "region", "aws_default_region"];
/// Those that name an application.
const APPLICATIONS: [&str; 4] = ["elasticbeanstalk_application", "application", "application_name", "eb_application"];
/// Those that name an environment of AWS.
const ENVIRONMENTS: [&str; 4] = ["elasticbeanstalk_environment", "environment_name", "eb_environment", "eb_environment_name"];

/// The shortest name that Elastic Beanstalk gives an environment (its API reference, `CreateEnvironment`).
const SHORTEST_NAME: usize = 4;

/// How many steps of a job, and how many names of what it hands on, are looked at.
const STEPS: usize = 60;
/// The longest pattern of paths that is understood.
const LONGEST_PATTERN: usize = 256;

/// How deep workflows call each other here (GitHub's documentation, "Reusing workflow configurations", allows ten).
const DEEPEST: usize = 10;

/// How many jobs of a workflow, and how many workflows of a repository, are looked at.
pub const MOST: usize = 200;

/// What a repository says of its deploying jobs beside its workflows: a map from a job's id.
#[derive(Default, Debug)]
pub struct Catalogue(BTreeMap<String, Entry>);

#[derive(Deserialize, Default, Debug)]
struct Entry {
    #[serde(default, deserialize_with = "soft")]
    needs: Option<Needs>,
    #[serde(default, deserialize_with = "soft")]
    github_environment_name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    aws_region: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    elasticbeanstalk_application: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    elasticbeanstalk_environment: Option<String>,
}

#[derive(Deserialize, Debug)]
#[serde(untagged)]
enum Needs {
    One(String),
    Many(Vec<String>),
}

impl Catalogue {
    /// The catalogue that this text is; an empty one where it is none.
    pub fn new(text: &str) -> Self {
        let entries: BTreeMap<String, serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
        Self(entries.into_iter().filter_map(|(job, entry)| Some((job, serde_json::from_value(entry).ok()?))).collect())
    }
}

/// The workflows of a repository, by their paths.
pub type Library = BTreeMap<String, Arc<Node>>;

/// The workflows with these paths and texts. What is no YAML is left out.
pub fn library(texts: impl IntoIterator<Item = (String, String)>) -> Library {
    texts.into_iter().filter_map(|(path, text)| Some((path, parse(&text)?))).collect()
}

/// Those of them that deploy.
pub fn pipelines(library: &Library, branch: &str, catalogue: &Catalogue) -> Vec<Pipeline> {
    library.iter().filter_map(|(path, tree)| pipeline(path, tree, branch, catalogue, library)).collect()
}

/// Those of them that a person can start.
pub fn manuals(library: &Library) -> Vec<Manual> {
    library.iter().filter_map(|(path, tree)| manual(path, tree)).collect()
}

fn pipeline(path: &str, tree: &Node, branch: &str, catalogue: &Catalogue, library: &Library) -> Option<Pipeline> {
    let on = tree.get("on").unwrap_or_else(|| null());
    // What is only called deploys for whoever calls it.
    if event(on, "workflow_call").is_some() && on.entries().count().max(on.texts().len()) == 1 {
        return None;
    }
    let jobs = jobs(tree, library);
    let stages: Vec<Stage> = jobs.iter().flat_map(|job| stages(job, &jobs, catalogue)).take(MOST).collect();
    if stages.is_empty() {
        return None;
    }
    Some(Pipeline {
        workflow: path.into(),
        name: tree.get("name").and_then(Node::text).unwrap_or(path).into(),
        on_push: starts_on_push(on, branch),
        on_dispatch: event(on, "workflow_dispatch").is_some(),
        ignored: ignored(event(on, "push").unwrap_or_else(|| null())),
        group: group(tree),
        stages,
    })
}

/// The jobs, each with what it calls where that is in the repository itself.
fn jobs<'n>(tree: &'n Node, library: &'n Library) -> Vec<Job<'n>> {
    let job = |(id, node): (&'n str, &'n Node)| Job { id, node, callees: callees(node, library, DEEPEST) };
    tree.get("jobs").into_iter().flat_map(Node::entries).take(MOST).map(job).collect()
}

/// The jobs of the workflow that a job calls, and those that they call, where that is in the repository itself.
fn callees<'n>(node: &'n Node, library: &'n Library, deep: usize) -> Vec<Callee<'n>> {
    let path = node.get("uses").and_then(Node::text).and_then(|uses| uses.strip_prefix("./"));
    let called = path.filter(|_| deep > 0).and_then(|path| library.get(path)?.get("jobs"));
    let own = |(id, node): (&'n str, &'n Node)| {
        let beyond = callees(node, library, deep - 1).into_iter();
        // What these are handed is not followed: it is not known.
        let beyond = beyond.map(move |callee| Callee { id: format!("{id} / {}", callee.id), is_handed: false, ..callee });
        std::iter::once(Callee { id: id.to_owned(), node, is_handed: true }).chain(beyond).collect::<Vec<_>>()
    };
    called.into_iter().flat_map(Node::entries).take(MOST).flat_map(own).take(MOST).collect()
}

/// What a workflow says of an event that starts it: `on` is one name, a list of names, or a map from names.
pub fn event<'n>(on: &'n Node, name: &str) -> Option<&'n Node> {
    on.get(name).or_else(|| on.texts().contains(&name).then(null))
}

/// Whether a push to the branch starts it. With only tags named, no branch does.
fn starts_on_push(on: &Node, branch: &str) -> bool {
    let Some(push) = event(on, "push") else { return false };
    let patterns = |name: &str| push.get(name).map(|node| PathFilter::new(patterns(node)));
    if let Some(branches) = patterns("branches") {
        return branches.fits(branch);
    }
    if let Some(others) = patterns("branches-ignore") {
        return !others.fits(branch);
    }
    push.get("tags").or_else(|| push.get("tags-ignore")).is_none()
}

/// The patterns of a list.
fn patterns(node: &Node) -> impl Iterator<Item = &str> {
    node.texts().into_iter().filter(|pattern| pattern.len() <= LONGEST_PATTERN)
}

/// The paths that alone start nothing. Where only some start it, those are all others.
fn ignored(push: &Node) -> PathFilter {
    if let Some(paths) = push.get("paths-ignore") {
        return PathFilter::new(patterns(paths));
    }
    let Some(paths) = push.get("paths") else { return PathFilter::default() };
    let inverted = patterns(paths).map(|path| path.strip_prefix('!').map_or_else(|| format!("!{path}"), str::to_owned));
    let patterns: Vec<String> = std::iter::once("**".to_owned()).chain(inverted).collect();
    PathFilter::new(patterns.iter().map(String::as_str))
}

/// A job as the workflow has it.
#[derive(Clone)]
struct Job<'n> {
    id: &'n str,
    node: &'n Node,
    /// The jobs of the workflow that it calls.
    callees: Vec<Callee<'n>>,
}

/// A job of a workflow that is called.
#[derive(Clone)]
struct Callee<'n> {
    /// Its id there; behind that of the job that calls it, where it is called from there.
    id: String,
    node: &'n Node,
    /// Whether its inputs are what the calling job hands on.
    is_handed: bool,
}

impl Callee<'_> {
    fn deploys(&self) -> bool {
        self.node.get("environment").is_some()
    }
}

impl<'n> Job<'n> {
    /// Whether it deploys: it has a GitHub environment, or hands one, or a place of AWS, to a reusable workflow.
    fn deploys(&self) -> bool {
        let hands = |names: &[&str]| self.inputs().and_then(|inputs| named(inputs, names)).is_some();
        let calls = self.node.get("uses").is_some();
        self.node.get("environment").is_some()
            || self.callees.iter().any(Callee::deploys)
            || (calls && (hands(&GATES) || hands(&ENVIRONMENTS)))
    }

    fn inputs(&self) -> Option<&'n Node> {
        self.node.get("with")
    }

    /// The jobs that it calls and that deploy: each is a place of its own.
    fn called(&self) -> Vec<&Callee<'n>> {
        self.callees.iter().filter(|callee| callee.deploys()).collect()
    }

    /// The ids of its stages: its own, or those of what it calls where that is several.
    fn stage_ids(&self) -> Vec<Arc<str>> {
        match self.called().as_slice() {
            [] | [_] => vec![self.id.into()],
            several => several.iter().map(|callee| format!("{} / {}", self.id, callee.id).into()).collect(),
        }
    }

    /// The GitHub environment, where it is written out, here or in what is called.
    fn gate(&self, called: Option<&Callee<'n>>) -> Option<&'n str> {
        let own = self.node.get("environment");
        let own = own.and_then(|own| own.text().or_else(|| own.get("name")?.text()));
        let of_called = || {
            let environment = called?.node.get("environment")?;
            self.resolved(environment.get("name").unwrap_or(environment), called)
        };
        own.or_else(of_called).or_else(|| named(self.inputs()?, &GATES)?.text())
    }

    /// A text of what is called: as it stands, or the input that it is.
    fn resolved(&self, node: &'n Node, called: Option<&Callee<'n>>) -> Option<&'n str> {
        let input = || node.raw()?.strip_prefix("${{")?.strip_suffix("}}")?.trim().strip_prefix("inputs.");
        let handed = || self.inputs().filter(|_| called.is_none_or(|called| called.is_handed))?.get(input()?)?.text();
        node.text().or_else(handed)
    }

    fn needs(&self) -> Vec<&'n str> {
        self.node.get("needs").map(Node::texts).unwrap_or_default()
    }

    /// What it hands on under one of these names: to a reusable workflow, to its steps, or as a variable. Where several
    /// are called, what each says itself comes first.
    fn setting(&self, called: Option<&Callee<'n>>, names: &[&str]) -> Option<&'n str> {
        let found = |job: &'n Node, own: Option<&'n Node>| {
            let steps = job.get("steps").into_iter().flat_map(Node::items).take(STEPS);
            let places = [own, job.get("env")].into_iter().flatten();
            let mut places = places.chain(steps.flat_map(|step| [step.get("with"), step.get("env")].into_iter().flatten()));
            places.find_map(|place| self.resolved(named(place, names)?, called))
        };
        let (own, theirs) = (|| found(self.node, self.inputs()), || found(called?.node, None));
        if self.called().len() > 1 { theirs().or_else(own) } else { own().or_else(theirs) }
    }
}

/// The value of the first of these names that is there, however it is spelled: `aws-region` is `AWS_REGION`.
fn named<'n>(place: &'n Node, names: &[&str]) -> Option<&'n Node> {
    let letter = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    let same = |own: &str, name: &str| own.len() == name.len() && own.bytes().map(letter).eq(name.bytes());
    names.iter().find_map(|name| place.entries().take(STEPS).find(|(own, _)| same(own, name)).map(|(_, value)| value))
}

/// What a job deploys: itself, or each of the jobs that it calls.
fn stages(job: &Job<'_>, jobs: &[Job<'_>], catalogue: &Catalogue) -> Vec<Stage> {
    match job.called().as_slice() {
        [] if !job.deploys() => Vec::new(),
        [] => vec![stage(job, None, jobs, catalogue)],
        [one] => vec![stage(job, Some(one), jobs, catalogue)],
        several => several.iter().zip(job.stage_ids()).map(|(called, id)| one_of_several(job, called, id, jobs, catalogue)).collect(),
    }
}

/// One of several jobs that a job calls, as a stage of its own.
fn one_of_several(job: &Job<'_>, called: &Callee<'_>, id: Arc<str>, jobs: &[Job<'_>], catalogue: &Catalogue) -> Stage {
    let mut stage = stage(job, Some(called), jobs, catalogue);
    let theirs = called.node.get("name").and_then(Node::text).unwrap_or(&called.id);
    (stage.job, stage.name) = (id, format!("{} / {theirs}", stage.name).into());
    stage.needs.extend(needs_beside(job, called));
    stage
}

fn stage(job: &Job<'_>, called: Option<&Callee<'_>>, jobs: &[Job<'_>], catalogue: &Catalogue) -> Stage {
    let none = Entry::default();
    let entry = catalogue.0.get(job.id).unwrap_or(&none);
    let gate = job.gate(called).or(entry.github_environment_name.as_deref());
    let mut needs = needs(job, jobs);
    if needs.is_empty() {
        needs = match &entry.needs {
            Some(Needs::One(need)) => vec![need.as_str().into()],
            Some(Needs::Many(all)) => all.iter().map(|need| need.as_str().into()).collect(),
            None => Vec::new(),
        };
    }
    let region = entry.aws_region.as_deref().or_else(|| job.setting(called, &REGIONS));
    let application = entry.elasticbeanstalk_application.as_deref().or_else(|| job.setting(called, &APPLICATIONS));
    let environment = entry.elasticbeanstalk_environment.as_deref().or_else(|| job.setting(called, &ENVIRONMENTS));
    // Where only an application is named, the GitHub environment may say the rest: `production`, not `Production (US)`.
    let by_gate = || gate.filter(|gate| application.is_some() && gate.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    let names = names(application, environment.or_else(by_gate));
    let target = (!names.is_empty()).then(|| Target { region: region.map(Region::from), names });
    let mut condition = condition(job.node.get("if").and_then(Node::raw));
    if called.is_some_and(|called| !self::condition(called.node.get("if").and_then(Node::raw)).0.is_empty()) {
        // Its inputs are those of the call, which only the run knows.
        condition.0.push(Term::Unknown);
    }
    Stage {
        job: job.id.into(),
        name: job.node.get("name").and_then(Node::text).unwrap_or(job.id).into(),
        gate: gate.map(Arc::from),
        needs,
        target,
        is_imported: false,
        condition,
    }
}

/// The jobs beside one that is called which must have succeeded before: those that deploy, directly or through others.
fn needs_beside(job: &Job<'_>, called: &Callee<'_>) -> Vec<Arc<str>> {
    let needs = |callee: &Callee<'_>| -> Vec<String> {
        let beside = callee.id.rsplit_once(" / ").map_or_else(String::new, |(caller, _)| format!("{caller} / "));
        callee.node.get("needs").map(Node::texts).unwrap_or_default().into_iter().map(|need| format!("{beside}{need}")).collect()
    };
    // What calls it has to wait for the same.
    let calls = |other: &&Callee<'_>| called.id.starts_with(&format!("{} / ", other.id));
    let mut waiting: Vec<String> = job.callees.iter().filter(calls).chain([called]).flat_map(needs).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id.clone()) || id == called.id {
            continue;
        }
        // What it needs may itself call what deploys.
        let within = format!("{id} / ");
        let meant = job.callees.iter().filter(|other| other.id == id || other.id.starts_with(&within));
        for other in meant {
            if other.deploys() {
                found.push(format!("{} / {}", job.id, other.id).into());
            }
            if other.id == id && !other.deploys() {
                waiting.extend(needs(other));
            }
        }
    }
    found
}

/// The jobs that must have succeeded before: those it names, and through those that deploy nothing, theirs.
fn needs(job: &Job<'_>, jobs: &[Job<'_>]) -> Vec<Arc<str>> {
    let mut waiting = job.needs();
    let mut seen = BTreeSet::new();
    let mut needs = Vec::new();
    waiting.reverse();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) || id == job.id {
            continue;
        }
        needs.push(id.into());
        let Some(other) = jobs.iter().find(|other| other.id == id) else { continue };
        if other.deploys() {
            needs.extend(other.stage_ids().into_iter().filter(|stage| **stage != *id));
        } else {
            waiting.extend(other.needs());
        }
    }
    needs
}

/// The names that the environment may have, likeliest first.
fn names(application: Option<&str>, environment: Option<&str>) -> Vec<EnvironmentName> {
    let Some(environment) = environment.filter(|name| !name.is_empty()) else { return Vec::new() };
    let Some(application) = application.filter(|name| !name.is_empty()) else { return vec![environment.into()] };
    let joined = format!("{application}-{environment}");
    let words = format!("-{environment}-");
    if words.contains(&format!("-{application}-")) {
        return vec![environment.into(), joined.into()];
    }
    let plain = Some(environment).filter(|name| name.len() >= SHORTEST_NAME);
    std::iter::once(joined.into()).chain(plain.map(EnvironmentName::from)).collect()
}

#[cfg(test)]
#[path = "workflow_tests.rs"]
mod tests;
