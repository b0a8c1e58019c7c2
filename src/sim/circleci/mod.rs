//! The simulated CircleCI: projects with their pipelines and workflows, and the calls of its API v2 by which they
//! are seen and run again.
//!
//! A workflow that deploys replaces a machine, as the script of its job does: how far it is follows from that.

pub mod serve;

#[cfg(test)]
mod tests;

use crate::chance::{Draws, hash, mix};
use crate::compute::Compute;
use crate::compute::replace::ReplaceOrder;
use crate::environment::Name;
use crate::moment::{Millis, Moment, SECOND};
use crate::world::World;

/// How long a workflow takes that deploys nothing.
const SHORT: Millis = 90 * SECOND;

/// Everything on CircleCI.
#[derive(Debug, Default)]
pub struct CircleCi {
    /// The personal API token.
    pub token: String,
    /// The id of whose token it is.
    pub viewer: String,
    /// The projects.
    pub projects: Vec<Project>,
}

/// A project: a repository that CircleCI builds.
#[derive(Debug)]
pub struct Project {
    /// Its slug: `gh/owner/name`.
    pub slug: Name,
    /// Its pipelines, the oldest first.
    pub pipelines: Vec<Pipeline>,
}

/// What one push has started.
#[derive(Debug)]
pub struct Pipeline {
    /// Its id.
    pub id: String,
    /// Its number within the project.
    pub number: u64,
    /// The branch that was pushed; none where a tag was.
    pub branch: Option<Name>,
    /// The tag that was pushed.
    pub tag: Option<Name>,
    /// The commit.
    pub revision: Name,
    /// When it was started.
    pub created: Moment,
    /// Its workflows with those that were run again, in the order in which they began.
    pub workflows: Vec<Workflow>,
}

/// One of the workflows of a pipeline.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Name,
    /// Who started it.
    pub by: String,
    /// When it was started.
    pub created: Moment,
    /// How far it is.
    pub state: State,
    /// What it deploys when it is run again.
    pub order: Option<ReplaceOrder>,
}

/// How far a workflow is.
#[derive(Clone, Debug)]
pub enum State {
    /// It runs until then, and ends so.
    Until(Moment, Name),
    /// It is as far as this replacement of a machine.
    Replacing(usize),
    /// It stays so: it waits for somebody.
    Stays(Name),
}

impl Workflow {
    /// Its status in the words of the API, and when it ended.
    #[must_use]
    pub fn status(&self, compute: &Compute, now: Moment) -> (&str, Option<Moment>) {
        match &self.state {
            State::Until(end, word) if *end <= now => (word, Some(*end)),
            State::Until(..) => ("running", None),
            State::Stays(word) => (word, None),
            State::Replacing(slot) => match compute.replaces.get(*slot).and_then(|replace| replace.ended) {
                Some((end, true)) => ("success", Some(end)),
                Some((end, false)) => ("failed", Some(end)),
                None => ("running", None),
            },
        }
    }
}

impl CircleCi {
    /// Where the workflow of that id is: its project, its pipeline, and its place there.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<(usize, usize, usize)> {
        self.projects.iter().enumerate().find_map(|(project, of)| {
            of.pipelines.iter().enumerate().find_map(|(pipeline, of)| {
                let place = of.workflows.iter().position(|workflow| workflow.id == id)?;
                Some((project, pipeline, place))
            })
        })
    }

    /// Where the pipeline of that id is.
    #[must_use]
    pub fn pipeline(&self, id: &str) -> Option<(&Project, &Pipeline)> {
        self.projects.iter().find_map(|project| Some((project, project.pipelines.iter().find(|pipeline| pipeline.id == id)?)))
    }
}

impl World {
    /// Runs a workflow again; the id of the new one.
    pub fn rerun_workflow(&mut self, (project, pipeline, place): (usize, usize, usize)) -> Option<String> {
        let of = self.circleci.projects.get(project)?.pipelines.get(pipeline)?;
        let like = of.workflows.get(place)?.clone();
        let state = match &like.order {
            None => State::Until(self.now.plus(self.scaled(SHORT)), "success".into()),
            Some(order) => {
                let slot = self.compute.replaces.len();
                self.replace_machine(order.clone());
                if self.compute.replaces.len() > slot { State::Replacing(slot) } else { State::Until(self.now, "failed".into()) }
            }
        };
        let id = uuid(mix(hash(&like.id), self.now.millis().unsigned_abs()));
        let workflow = Workflow { id: id.clone(), by: self.circleci.viewer.clone(), created: self.now, state, ..like };
        self.circleci.projects.get_mut(project)?.pipelines.get_mut(pipeline)?.workflows.push(workflow);
        Some(id)
    }
}

/// An id in CircleCI's form that stands for a number.
#[must_use]
pub fn uuid(number: u64) -> String {
    Draws::new(number).request_id()
}
